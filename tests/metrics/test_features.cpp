// Extractors, resizing, gathering, caching, and all metrics at once.
#include <ATen/TensorOperators.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/jit/api/module.h>

#include <cmath>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "cspgan/avatars/avatars.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/core/safetensors.hpp"
#include "cspgan/core/sha256.hpp"
#include "cspgan/metrics/builtin_features.hpp"
#include "cspgan/metrics/evaluation.hpp"
#include "cspgan/metrics/feature_set.hpp"
#include "cspgan/metrics/feature_statistics.hpp"
#include "cspgan/metrics/frechet.hpp"
#include "cspgan/metrics/resizing.hpp"
#include "cspgan/metrics/torchscript_features.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;
namespace fs = std::filesystem;

namespace {

Tensor random_images(std::int64_t count, std::int64_t height, std::int64_t width, std::uint64_t seed = 1) {
  return TensorRandom(seed, at::kCPU).integers({count, 3, height, width}, 0, 256).to(at::kByte);
}

/// Saves a network written in TorchScript.
fs::path network(const fs::path& folder, const std::string& name, const std::string& methods) {
  torch::jit::Module module(name);
  module.define(methods);
  const fs::path path = folder / (name + ".pt");
  module.save(path.string());
  return path;
}

Tensor avatars(std::int64_t count, std::uint64_t seed) {
  const Avatars faces({.seed = seed, .count = count, .image_size = 32});
  std::vector<Tensor> images;
  for (std::int64_t i = 0; i < count; ++i) images.push_back(faces.image(i));
  return at::stack(images);
}

FeatureSet builtin(const Tensor& images) {
  FeatureCollector collector(BuiltinFeatures(), Resizing::none);
  for (std::int64_t first = 0; first < images.size(0); first += 100) collector.add(images.slice(0, first, first + 100));
  return collector.features();
}

double frechet(const FeatureSet& first, const FeatureSet& second) {
  FeatureStatistics one, other;
  one.add(first.features), other.add(second.features);
  return frechet_distance(one, other);
}

struct MeanColor {
  Tensor features(const Tensor& images) const { return images.to(at::kFloat).mean({2, 3}); }
  std::string name() const { return "mean color"; }
};

}  // namespace

TEST_CASE("A network with return_features is given bytes and that argument") {
  const cspgan_test::TemporaryFolder folder;
  const fs::path file = network(folder.path(), "styled", R"(
def forward(self, img, return_features: bool = False):
    if return_features:
        if img.dtype == 0:
            return img.to(dtype=6).mean([2, 3])
        return img.mean([2, 3]) + 1000
    return img.to(dtype=6).mean([2, 3]) * 0 + 1.0 / 3
)");
  TorchScriptFeatures extractor(file);
  const Tensor images = random_images(4, 20, 30);
  CHECK(extractor.features(images).equal(images.to(at::kFloat).mean({2, 3})));
  CHECK(extractor.probabilities(images).sizes() == at::IntArrayRef({4, 3}));
  CHECK(extractor.name() == "styled");
  CHECK_FALSE(extractor.is_inception());
  CHECK(extractor.identity() == "torchscript " + extractor.file_sha256());
  CHECK(extractor.file_sha256() == sha256_of_file(file));
  CHECK(AnyFeatureExtractor(std::move(extractor)).gives_probabilities());
}

TEST_CASE("Resized images pass the network's own resizing where it has a part 'layers'") {
  const cspgan_test::TemporaryFolder folder;
  torch::jit::Module layers("layers");
  layers.define("def forward(self, x):\n    return x.mean([2, 3]) * 128 + 128\n");
  torch::jit::Module module("inception");
  module.register_module("layers", layers);
  module.define(R"(
def forward(self, img, return_features: bool = False, use_fp16: bool = False, no_output_bias: bool = False):
    x = img.to(dtype=6)
    if return_features:
        return self.layers.forward((x - 128) / 128) + 1000
    if no_output_bias:
        return (x.mean([2, 3]) * 0 + 1.0) / 3.0
    return x.mean([2, 3])
)");
  const fs::path file = folder.path() / "inception.pt";
  module.save(file.string());
  TorchScriptFeatures extractor(file);
  const Tensor images = random_images(2, 40, 40);
  const Tensor resized = resize_for_features(images, Resizing::clean_fid);
  CHECK((extractor.features(resized) - resized.mean({2, 3})).abs().max().item<float>() < 1e-2);
  CHECK((extractor.features(images) - images.to(at::kFloat).mean({2, 3}) - 1000).abs().max().item<float>() < 1e-2);
  CHECK((extractor.features(resized) - resized.mean({2, 3})).abs().max().item<float>() < 1e-2);
  CHECK(extractor.probabilities(images).sum(1).allclose(at::full({2}, 1.0f)));
}

TEST_CASE("A network of floats alone is given [0, 1]; tuples and [N, D, 1, 1] are understood") {
  const cspgan_test::TemporaryFolder folder;
  const Tensor images = random_images(3, 16, 16);
  const Tensor expected = images.to(at::kFloat).div(255).mean({2, 3});
  TorchScriptFeatures floats(network(folder.path(), "floats", R"(
def forward(self, x):
    assert x.is_floating_point()
    return (x.mean([2, 3], True), x)
)"));
  CHECK(floats.features(images).allclose(expected));
  CHECK(contains(message_of<Error>([&] { floats.probabilities(images); }), "return_features"));
  CHECK_FALSE(AnyFeatureExtractor(std::move(floats)).gives_probabilities());
}

TEST_CASE("What is no feature network is refused with the file's name and the reason") {
  const cspgan_test::TemporaryFolder folder;
  const fs::path text = folder.path() / "text.pt";
  std::ofstream(text) << "not a network";
  CHECK(contains(message_of<Error>([&] { TorchScriptFeatures{text}; }), "text.pt' is not a TorchScript network"));
  CHECK(contains(message_of<Error>([&] { TorchScriptFeatures{folder.path() / "none.pt"}; }), "none.pt': No such file"));

  TorchScriptFeatures pictures(network(folder.path(), "pictures", "def forward(self, x):\n    return x.to(dtype=6)\n"));
  const std::string message = message_of<Error>([&] { pictures.features(random_images(2, 8, 8)); });
  CHECK(contains(message, "pictures.pt"));
  CHECK(contains(message, "[2, 3, 8, 8]"));
  TorchScriptFeatures angry(network(
      folder.path(), "angry", "def forward(self, x):\n    assert x.size(0) == 77, \"I am cross\"\n    return x\n"));
  const std::string cross = message_of<Error>([&] { angry.features(random_images(2, 8, 8)); });
  CHECK(contains(cross, "as network(images) and network(images / 255): "));
  CHECK(cross.find("I am cross") == cross.rfind("I am cross"));  // said once
  CHECK(contains(cross, "I am cross"));
}

TEST_CASE("A network that needs more than images, or something else, is refused with what it takes, said once") {
  const cspgan_test::TemporaryFolder folder;
  const auto refusal = [&](const std::string& name, const std::string& arguments) {
    const fs::path file = network(folder.path(), name, "def forward(self" + arguments + "):\n    return 1\n");
    return message_of<Error>([&] { TorchScriptFeatures{file}; });
  };
  const std::string two = refusal("two", ", x, y");
  CHECK(contains(two, "two.pt': its forward(Tensor x, Tensor y) cannot be called with images alone"));
  CHECK(two.find("forward") == two.rfind("forward"));
  CHECK(contains(refusal("text", ", words: str"), "forward(str words)"));
  CHECK(contains(refusal("nothing", ""), "forward()"));
  CHECK(contains(refusal("more", ", x, return_features: bool, scale: float"), "float scale"));
  const std::string none = "(nothing was thrown)";
  CHECK(refusal("scaled", ", x, scale: float = 1.0") == none);
  CHECK(refusal("featured", ", x, return_features: bool") == none);
  CHECK(refusal("maybe", ", x: Optional[Tensor]") == none);
}

TEST_CASE("Resizing keeps flat colors, clamps, and leaves the images alone where the network resizes") {
  const Tensor flat = at::full({1, 3, 50, 70}, 200, at::kByte);
  for (const Resizing resizing : {Resizing::clean_fid, Resizing::pytorch_fid}) {
    const Tensor resized = resize_for_features(flat, resizing);
    CHECK(resized.sizes() == at::IntArrayRef({1, 3, 299, 299}));
    CHECK((resized - 200).abs().max().item<float>() < 1e-3);
  }
  const Tensor noise = random_images(1, 40, 40);
  CHECK(resize_for_features(noise, Resizing::none).equal(noise));
  const Tensor sharp = resize_for_features(noise, Resizing::clean_fid);  // bicubic overshoots
  CHECK(sharp.min().item<float>() == 0);
  CHECK(sharp.max().item<float>() == 255);
  // Large pictures: only the antialiased convention averages a fine checkerboard to gray.
  Tensor board = at::zeros({1, 3, 1196, 1196}, at::kByte);
  for (const std::int64_t phase : {0, 1})
    board.slice(2, phase, board.size(2), 2).slice(3, phase, board.size(3), 2).fill_(255);
  CHECK((resize_for_features(board, Resizing::clean_fid) - 127.5).abs().max().item<float>() < 5);
  CHECK(contains(message_of<Error>([&] { resize_for_features(noise.to(at::kFloat), Resizing::none); }), "float32"));
}

TEST_CASE("The built-in features tell blurred, noisy and collapsed images from good ones") {
  const Tensor real = avatars(600, 1), other = avatars(600, 2);
  const FeatureSet reals = builtin(real);
  REQUIRE(reals.features.size(1) == 256);
  const double floor = frechet(reals, builtin(other));
  const Tensor blurred =
      at::upsample_nearest2d(at::avg_pool2d(other.to(at::kFloat), 4), {{32, 32}}).round().to(at::kByte);
  const Tensor noise = TensorRandom(5, at::kCPU).normal({600, 3, 32, 32}) * 20;
  const Tensor noisy = (other.to(at::kFloat) + noise).clamp(0, 255).round().to(at::kByte);
  const Tensor collapsed = other.slice(0, 0, 6).repeat({100, 1, 1, 1});
  INFO("two halves: " << floor << ", blurred: " << frechet(reals, builtin(blurred)) << ", noisy: "
                      << frechet(reals, builtin(noisy)) << ", collapsed: " << frechet(reals, builtin(collapsed)));
  for (const Tensor& worse : {blurred, noisy, collapsed}) CHECK(frechet(reals, builtin(worse)) > 2 * floor);
}

TEST_CASE("Features do not depend on how the images are cut into batches") {
  const Tensor images = random_images(10, 24, 24);
  FeatureCollector whole(BuiltinFeatures(), Resizing::clean_fid), pieces(BuiltinFeatures(), Resizing::clean_fid);
  whole.add(images);
  for (const std::int64_t first : {0, 5}) pieces.add(images.slice(0, first, first + 5));
  CHECK(pieces.size() == 10);
  CHECK(whole.features().features.allclose(pieces.features().features, 1e-4, 1e-5));
}

TEST_CASE("An extractor of one's own is any object with features and a name") {
  FeatureCollector collector(MeanColor{}, Resizing::none);
  const Tensor images = random_images(5, 8, 8);
  collector.add(images);
  collector.add(random_images(2, 16, 4));  // another size
  CHECK(collector.features().features.slice(0, 0, 5).equal(images.to(at::kFloat).mean({2, 3})));
  CHECK(collector.features().size() == 7);
  const AnyFeatureExtractor any = MeanColor{};
  CHECK_FALSE(any.is_inception());
  CHECK_FALSE(any.gives_probabilities());
  CHECK(any.file_sha256().empty());
  struct Classifier : MeanColor {
    Tensor probabilities(const Tensor& images) const { return images; }
  };
  CHECK(AnyFeatureExtractor(Classifier{}).gives_probabilities());
  CHECK(feature_key(any, Resizing::none, "images").empty());  // no identity, no cache
  FeatureCollector classes(MeanColor{}, Resizing::none, true);
  CHECK(contains(message_of<Error>([&] { classes.add(images); }), "no probabilities"));
  CHECK(contains(message_of<Error>([&] { FeatureCollector(MeanColor{}, Resizing::none).features(); }), "no images"));
}

TEST_CASE("A cache gives back what was saved for that key, and nothing for any other or for a damaged file") {
  const cspgan_test::TemporaryFolder folder;
  const FeatureCache cache(folder.path() / "deep" / "cache");
  const AnyFeatureExtractor extractor = BuiltinFeatures();
  const std::string key = feature_key(extractor, Resizing::none, "a");
  REQUIRE_FALSE(key.empty());
  CHECK(feature_key(extractor, Resizing::clean_fid, "a") != key);
  CHECK(feature_key(extractor, Resizing::none, "b") != key);
  FeatureSet set = builtin(random_images(3, 8, 8));
  std::string problem;
  CHECK_FALSE(cache.load(key, false, &problem));
  cache.save(key, set);
  REQUIRE(cache.load(key));
  CHECK(cache.load(key)->features.equal(set.features));
  CHECK_FALSE(cache.load(key)->sizes.defined());
  set.sizes = at::tensor({8, 9, 8, 10, 7, 7}, at::kLong).reshape({3, 2});
  cache.save(key, set);
  CHECK(cache.load(key)->sizes.equal(set.sizes));
  CHECK_FALSE(cache.load(key, /*with_probabilities=*/true, &problem));
  CHECK_FALSE(cache.load(feature_key(extractor, Resizing::none, "b"), false, &problem));
  CHECK(problem.empty());

  // Another set's file under this name, a flipped byte, a cut one.
  const std::string other = feature_key(extractor, Resizing::none, "other");
  cache.save(other, set);
  const std::string whole = read_file(cache.path_of(key));
  fs::copy_file(cache.path_of(other), cache.path_of(key), fs::copy_options::overwrite_existing);
  CHECK_FALSE(cache.load(key, false, &problem));
  CHECK(contains(problem, "other images"));
  for (std::string damaged : {whole, whole.substr(0, whole.size() - 7)}) {
    damaged[damaged.size() - 100] ^= 1;
    write_file_atomically(cache.path_of(key), damaged);
    problem.clear();
    CHECK_FALSE(cache.load(key, false, &problem));
    CHECK(contains(problem, cache.path_of(key).string()));
  }
}

TEST_CASE("A cache keeps the statistics of many images, with which the distance is the same") {
  const cspgan_test::TemporaryFolder folder;
  const FeatureCache cache(folder.path());
  TensorRandom random(5, at::kCPU);
  FeatureSet reals{.features = random.normal({30, 4}), .probabilities = random.uniform({30, 3}), .sizes = {}};
  const FeatureSet fakes{.features = random.normal({20, 4}).add(1), .probabilities = {}, .sizes = {}};
  const auto distance = [&](const FeatureSet& set) {
    return evaluate(set, fakes, {.extractor = "x"}, {.metrics = {Metric::fid}}).metrics.front().value;
  };
  const double taken = distance(reals);
  reals.statistics = statistics_of(reals.features);
  cache.save("many", reals);
  const auto kept = cache.load("many");
  REQUIRE(kept);
  REQUIRE(kept->statistics);
  CHECK(kept->statistics->count() == 30);
  CHECK(kept->statistics->covariance().allclose(reals.statistics->covariance(), 1e-14, 0));
  CHECK(kept->probabilities.equal(reals.probabilities));
  CHECK(distance(*kept) == Approx(taken).epsilon(1e-12));
  FeatureSet wrong = *kept;
  wrong.statistics = statistics_of(reals.features.add(3));  // what stands in the cache is what counts
  CHECK(distance(wrong) > 2 * taken);

  FeatureSet few{.features = reals.features.slice(0, 0, 8), .probabilities = {}, .sizes = {}};
  few.statistics = statistics_of(few.features);
  cache.save("few", few);
  CHECK_FALSE(cache.load("few")->statistics);

  // Statistics of features of another dimension.
  TensorFile file = load_safetensors(cache.path_of("many"));
  for (auto& [name, tensor] : file.tensors)
    if (name == "mean") tensor = at::zeros({5}, at::kDouble);
  save_safetensors(cache.path_of("many"), file);
  std::string problem;
  CHECK_FALSE(cache.load("many", false, &problem));
  CHECK(contains(problem, "statistics"));
}

TEST_CASE("Metrics that need more images than there are are refused with what they need and what to change") {
  const auto refusal = [](const EvaluationOptions& options, std::int64_t reals, std::int64_t fakes) {
    return message_of<OptionError>([&] { require_enough_images(options, reals, fakes, "change --count"); });
  };
  const std::string none = "(nothing was thrown)";
  const EvaluationOptions manifold{.metrics = {Metric::prdc}, .neighbors = 3},
      score{.metrics = {Metric::inception_score}};
  CHECK(refusal(manifold, 4, 4) == none);
  CHECK(contains(refusal(manifold, 3, 4), "k = 3 need more than 3 images of each kind, but there are 3 real and 4"));
  CHECK(contains(refusal(manifold, 4, 3), "; change --count"));
  CHECK(refusal(score, 2, 10) == none);
  CHECK(contains(refusal(score, 2, 9), "at least 10 generated images"));
  CHECK(contains(refusal({.metrics = {Metric::fid}}, 1, 9), "at least 2 images of each kind"));
  CHECK(refusal({}, 6, 6) == none);
}

TEST_CASE("An evaluation names its metrics by the extractor, counts the images, and warns of too few") {
  const FeatureSet real = builtin(avatars(120, 1)), fake = builtin(avatars(80, 2));
  const EvaluationOptions options{
      .metrics = {Metric::fid, Metric::kid, Metric::prdc, Metric::one_nn, Metric::diversity, Metric::nearest},
      .kernel = {.subsets = 5, .subset_size = 20}};
  const Evaluation found = evaluate(real, fake, {.extractor = "builtin"}, options);
  CHECK(found.metric("fid").name == "FD-builtin");
  CHECK(found.metric("kid").name == "KD-builtin");
  CHECK(found.metric("fid").value == frechet(real, fake));
  CHECK(found.metric("fid").real_count == 120);
  CHECK(found.metric("fid").fake_count == 80);
  CHECK(found.metric("precision").real_count == 80);  // equal sets
  CHECK(found.metric("precision").name == "precision (k = 5)");
  CHECK(found.metric("kid").spread.has_value());
  CHECK(found.nearest->index.size(0) == 80);
  REQUIRE(found.warnings.size() == 1);
  CHECK(contains(found.warnings[0], "80 images in 256 dimensions"));
  CHECK(contains(message_of<Error>([&] { found.metric("inception_score"); }), "inception_score"));

  CHECK(evaluation_warnings(options, found.origin, found.dimension, 120, 80) ==
        found.warnings);  // known without the features
  CHECK(found.metric("kid").subsets == 5);
  CHECK(found.metric("kid").subset_size == 20);
  const Evaluation whole = evaluate(real, fake, {}, {.metrics = {Metric::kid}});
  CHECK(whole.metric("kid").subset_size == 80);
  CHECK(contains(to_json(to_value(whole)), "\"subsets\":100,\"subset_size\":80"));

  const Evaluation inception =
      evaluate(real, fake, {"Inception", true, Resizing::clean_fid}, {.metrics = {Metric::fid}});
  CHECK(inception.metrics[0].name == "FID (clean-fid)");
  const std::string json = to_json(to_value(inception));
  CHECK(contains(json, "\"real_count\":120"));
  CHECK(contains(json, "\"resizing\":\"clean-fid\""));

  CHECK(contains(message_of<Error>([&] { evaluate(real, fake, {"x"}, {.metrics = {Metric::inception_score}}); }),
                 "probabilities"));
  CHECK(contains(message_of<OptionError>([&] {
                   evaluate(real, fake, {"x"}, {.metrics = {Metric::fid, Metric::fid}});
                 }),
                 "twice"));
}

TEST_CASE("The table of metrics says what each group gives, in which order, and which values are better") {
  const auto keys_of = [](const std::vector<Metric>& groups) {
    std::vector<std::string> keys;
    for (const MetricInfo& metric : metrics_of(groups)) keys.emplace_back(metric.key);
    return keys;
  };
  CHECK(keys_of({Metric::one_nn, Metric::fid}) ==
        std::vector<std::string>{"one_nn", "one_nn_real", "one_nn_fake", "fid"});
  CHECK(keys_of({Metric::prdc}) == std::vector<std::string>{"precision", "recall", "density", "coverage"});

  CHECK(metric_info("fid").is_better(2, 3));
  CHECK_FALSE(metric_info("fid").is_better(3, 3));
  CHECK(metric_info("coverage").is_better(0.3, 0.2));
  CHECK(metric_info("one_nn").is_better(0.45, 0.6));  // nearer to 0.5
  CHECK_FALSE(metric_info("one_nn").is_better(0.3, 0.6));
  CHECK_FALSE(metric_info("nearest").is_better(1, 2));
  CHECK_FALSE(metric_info("nearest").is_better(2, 1));
  CHECK(contains(message_of<Error>([] { metric_info("fdi"); }), "'fdi'"));

  // What is computed is what the table promises, whatever is asked for.
  const FeatureSet real = builtin(avatars(30, 1)), fake = builtin(avatars(30, 2));
  std::vector<std::string> seen;
  for (const auto& [group, name] : EnumNames<Metric>::names) {
    if (group == Metric::inception_score) continue;
    std::vector<std::string> computed;
    for (const MetricValue& metric : evaluate(real, fake, {"x"}, {.metrics = {group}}).metrics)
      computed.push_back(metric.key);
    CHECK(computed == keys_of({group}));
    seen.insert(seen.end(), computed.begin(), computed.end());
  }
  CHECK(seen.size() + 1 == metric_table().size());
}
