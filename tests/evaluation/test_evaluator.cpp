// The metrics of a generator or a folder against real images, as a library.
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

#include <cmath>
#include <fstream>

#include "cspgan/avatars/avatars.hpp"
#include "cspgan/evaluation/closest_pairs.hpp"
#include "cspgan/evaluation/evaluation_pictures.hpp"
#include "cspgan/evaluation/evaluator.hpp"
#include "cspgan/metrics/builtin_features.hpp"
#include "cspgan/metrics/frechet.hpp"
#include "cspgan/models/generator.hpp"
#include "cspgan/models/latents.hpp"
#include "cspgan/report/images.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/terminal.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

/// A folder of avatars, as someone else's program would write them.
ImageFolder avatars_in(const std::filesystem::path& folder, std::int64_t count, std::uint64_t seed,
                       std::int64_t size = 32) {
  std::filesystem::create_directories(folder);
  const Avatars avatars({.seed = seed, .count = count, .image_size = size});
  for (std::int64_t i = 0; i < count; ++i)
    write_png(folder / ("face-" + std::to_string(100 + i) + ".png"), avatars.image(i));
  return ImageFolder(folder);
}

Sampler small_sampler() {
  return Sampler(
      Generator(GeneratorOptions{.latent_size = 8, .image_size = 32, .base_channels = 4, .max_channels = 8}));
}

const EvaluationOptions frechet_only{.metrics = {Metric::fid}};

}  // namespace

TEST_CASE("the FID of a sampler is that of the bytes of its numbered images against all files", "[evaluation]") {
  const cspgan_test::TemporaryFolder folder;
  const ImageFolder faces = avatars_in(folder.path() / "faces", 30, 1);
  const Sampler sampler = small_sampler();
  Evaluator evaluator(faces, {.image_size = 32, .count = 20, .seed = 7});
  Evaluation result;
  CHECK(cspgan_test::on_terminal([&] { result = evaluator.evaluate(sampler); }) == "");

  BuiltinFeatures features;
  std::vector<Tensor> reals;
  for (std::int64_t i = 0; i < faces.size(); ++i) reals.push_back(features.features(faces.image(i).unsqueeze(0)));
  const Tensor fakes = features.features(to_bytes(sampler(indexed_latents(7, 0, 20, 8))));
  const double expected = frechet_distance(statistics_of(at::cat(reals)), statistics_of(fakes));
  CHECK(std::abs(result.metric("fid").value / expected - 1) < 1e-6);
  CHECK(result.metric("fid").name == "FD-builtin");
  CHECK(result.metric("fid").real_count == 30);
  CHECK(result.metric("fid").fake_count == 20);
  CHECK(result.metrics.size() == 11);
  // The reals are read once; the same sampler gives the same value.
  std::filesystem::remove_all(folder.path() / "faces");
  CHECK(evaluator.evaluate(sampler).metric("fid").value == result.metric("fid").value);
}

TEST_CASE("the images to show are the generator's numbered ones, and those of a source that can be read",
          "[evaluation]") {
  const Sampler sampler = small_sampler();
  std::vector<std::int64_t> done;
  const Tensor drawn = first_images(sampler, 11, 7, [&](std::int64_t now, std::int64_t) { done.push_back(now); });
  CHECK(drawn.sizes() == at::IntArrayRef({11, 3, 32, 32}));
  for (const std::int64_t i : {0, 10}) CHECK(drawn[i].equal(to_bytes(sampler(indexed_latents(7, i, 1, 8)))[0]));
  CHECK((done == std::vector<std::int64_t>{8, 11}));

  const cspgan_test::TemporaryFolder folder;
  const ImageFolder faces = avatars_in(folder.path() / "faces", 9, 1);
  const std::vector<std::int64_t> order = choose_images(9, 0, 7);
  std::ofstream(folder.path() / "faces" / faces.name(order[1])) << "no picture";
  const Tensor three = first_images(faces, 3, 32, 7);
  CHECK(three[0].equal(faces.image(order[0])));
  CHECK(three[1].equal(faces.image(order[2])));
  CHECK(three[2].equal(faces.image(order[3])));
  CHECK(first_images(faces, 20, 16, 7).sizes() == at::IntArrayRef({8, 3, 16, 16}));
  for (std::int64_t i = 0; i < 9; ++i) std::ofstream(folder.path() / "faces" / faces.name(i)) << "no picture";
  CHECK(contains(message_of<Error>([&] { first_images(faces, 3, 32, 7); }), "none of the 9 images"));
}

TEST_CASE("a folder and a source of the same images are at distance 0", "[evaluation]") {
  const cspgan_test::TemporaryFolder folder;
  const ImageFolder faces = avatars_in(folder.path() / "faces", 12, 1);
  Evaluator evaluator(AnyImageSource(Avatars({.seed = 1, .count = 12, .image_size = 32})),
                      {.evaluation = frechet_only});
  CHECK(std::abs(evaluator.evaluate(faces).metric("fid").value) < 1e-6);
}

TEST_CASE("features of files come from the cache, with their names, until a file changes", "[evaluation]") {
  const cspgan_test::TemporaryFolder folder;
  const ImageFolder faces = avatars_in(folder.path() / "faces", 12, 1),
                    others = avatars_in(folder.path() / "others", 9, 2);
  std::vector<std::string> notes;
  const auto fakes_of = [&](std::vector<std::string>* names = nullptr) {
    Evaluator evaluator(faces, {.cache = folder.path() / "cache", .evaluation = frechet_only},
                        {.note = [&](const std::string& note) { notes.push_back(note); }});
    const ImageFeatures fakes = evaluator.features_of(others);
    if (names != nullptr) *names = fakes.names;
    return evaluator.compare(fakes).metric("fid").value;
  };
  std::vector<std::string> names, names_again;
  const double first = fakes_of(&names);
  CHECK(notes.empty());
  CHECK(names.size() == 9);
  CHECK(fakes_of(&names_again) == first);
  REQUIRE(notes.size() == 2);
  CHECK(contains(notes[0], "fakes: features of 9 images are in"));
  CHECK(names_again == names);
  write_png(others.folder() / others.name(3), Avatars({.seed = 5, .count = 1, .image_size = 32}).image(0));
  CHECK(fakes_of() != first);
  CHECK(notes.size() == 3);  // the reals alone
}

TEST_CASE("what is warned of stands in the result, too, and comes once", "[evaluation]") {
  const cspgan_test::TemporaryFolder folder;
  const ImageFolder faces = avatars_in(folder.path() / "faces", 12, 1),
                    small = avatars_in(folder.path() / "small", 9, 2, 24);
  std::ofstream(faces.folder() / faces.name(4)) << "no picture";
  std::vector<std::string> told;
  const EvaluatorHooks hooks{.warning = [&](const std::string& message) { told.push_back(message); }};
  const auto has = [](const std::vector<std::string>& warnings, std::string_view words) {
    return std::ranges::count_if(warnings, [&](const std::string& warning) { return contains(warning, words); });
  };
  SECTION("as they are") {
    const Evaluation result = Evaluator(faces, {.evaluation = frechet_only}, hooks).evaluate(small);
    CHECK(result.warnings == told);
    CHECK(has(told, "'" + faces.name(4) + "' is left out") == 1);
    CHECK(has(told, "the fakes have 24x24 pixels and the reals 32x32 pixels") == 1);
    CHECK(has(told, "an image size of 24 crops and resizes all") == 1);
    CHECK(has(told, "9 images in 256 dimensions") == 1);
    CHECK(result.metric("fid").real_count == 11);
  }
  SECTION("brought to one size") {
    const Evaluation result = Evaluator(faces, {.image_size = 28, .evaluation = frechet_only}, hooks).evaluate(small);
    CHECK(result.warnings == told);
    CHECK(has(told, "9 of the 9 fakes are smaller than 28 pixels and were enlarged, the smallest from 24x24") == 1);
    CHECK(has(told, "different sizes") == 0);
  }
}

TEST_CASE("an evaluation that cannot work is refused before an image is read", "[evaluation]") {
  const cspgan_test::TemporaryFolder folder;
  const ImageFolder gone(folder.path() / "gone", {"a.png", "b.png", "c.png"});
  const auto refusal = [&](EvaluatorOptions options) {
    return message_of<OptionError>([&] { Evaluator(gone, options).evaluate(small_sampler()); });
  };
  CHECK(
      contains(refusal({.evaluation = {.metrics = {Metric::prdc}}}), "3 real and 10000 generated ones; change count"));
  CHECK(contains(refusal({.count = 1, .evaluation = frechet_only}), "at least 2 images"));
  CHECK(contains(refusal({.evaluation = {.metrics = {Metric::inception_score}}}), "metrics: an Inception score needs"));
  CHECK(contains(refusal({.is_inception = true, .evaluation = frechet_only}), "Inception network"));
  CHECK(contains(refusal({.batch_size = 0, .evaluation = frechet_only}), "batch_size must be at least 1, not 0"));
  CHECK(contains(refusal({.device = "gpu", .evaluation = frechet_only}), "gpu"));
  const ImageFolder faces = avatars_in(folder.path() / "faces", 12, 1);
  CHECK(
      contains(message_of<OptionError>([&] {
                 Evaluator(faces, {.image_size = 64, .count = 9, .evaluation = frechet_only}).evaluate(small_sampler());
               }),
               "the image size is 64, but the generator makes images of 32x32 pixels"));
}

TEST_CASE("the closest pairs are the nearest first, with their names", "[evaluation]") {
  const Neighbors nearest{.index = at::tensor({1, 0, 1}, at::kLong).unsqueeze(1),
                          .distance = at::tensor({3.0, 0.5, 2.0}, at::kDouble).unsqueeze(1)};
  const auto pairs = closest_pairs(nearest, {"r0", "r1"}, {"f0", "f1", "f2"}, 2);
  REQUIRE(pairs.size() == 2);
  CHECK((pairs[0].fake == "f1" && pairs[0].real == "r0" && pairs[0].distance == 0.5));
  CHECK((pairs[1].fake == "f2" && pairs[1].real == "r1" && pairs[1].distance == 2));
  CHECK(closest_pairs(nearest, {"r0", "r1"}, {})[0].fake == "latent 1");
  CHECK(to_json(to_value(pairs)) ==
        R"([{"fake":"f1","real":"r0","distance":0.5},{"fake":"f2","real":"r1","distance":2.0}])");
}
