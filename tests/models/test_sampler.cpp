// The sampler: what it changes in a network, and that nobody can tell by its images.
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/core/safetensors.hpp"
#include "cspgan/core/state.hpp"
#include "cspgan/models/generator.hpp"
#include "cspgan/models/latents.hpp"
#include "cspgan/models/load_generator.hpp"
#include "cspgan/models/named_presets.hpp"
#include "cspgan/models/presets.hpp"
#include "cspgan/models/sampler.hpp"
#include "cspgan/nn/convolution.hpp"
#include "cspgan/nn/initialization.hpp"
#include "cspgan/nn/module_state.hpp"
#include "cspgan/nn/normalization.hpp"
#include "cspgan/nn/spectral_norm.hpp"
#include "cspgan/nn/upsampling.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/thin_preset.hpp"

using namespace cspgan;
using cspgan::detail::inference_copy;
using cspgan_test::contains;
using cspgan_test::message_of;
using cspgan_test::thin;

namespace {

/// A block of one's own that knows nothing of samplers, with a layer of the library, a norm and noise.
class OwnUpImpl : public torch::nn::Cloneable<OwnUpImpl> {
 public:
  OwnUpImpl(std::int64_t in_channels, std::int64_t out_channels) : in_(in_channels), out_(out_channels) { reset(); }
  void reset() override {
    layer_ = register_module(
        "layer", ConvolutionLayer({.convolution = {.in_channels = in_, .out_channels = out_, .kernel = 3, .padding = 1},
                                   .norm = Norm::batch,
                                   .activation = Activation::leaky_relu}));
    norm_ = register_module("norm", Normalization({.channels = in_}));
    noise_ = register_module("noise", GaussianNoise({.sigma = 0.1}));
  }
  Tensor forward(const Tensor& x) { return layer_->forward(upsample_nearest(noise_->forward(norm_->forward(x)))); }

 private:
  std::int64_t in_, out_;
  ConvolutionLayer layer_{nullptr};
  Normalization norm_{nullptr};
  GaussianNoise noise_{nullptr};
};
TORCH_MODULE(OwnUp);

/// Weights, biases and running statistics far from their first values.
template <class Generator>
void pretend_training(Generator& generator, std::uint64_t seed) {
  const torch::NoGradGuard no_gradients;
  TensorRandom random(seed, at::kCPU);
  for (const auto& module : generator->modules())
    if (auto* norm = module->template as<NormalizationImpl>()) {
      norm->weight.copy_(1 + 0.3 * random.normal({norm->options.channels}));
      norm->bias.copy_(0.3 * random.normal({norm->options.channels}));
    } else if (auto* convolution = module->template as<ConvolutionImpl>(); convolution && convolution->bias.defined()) {
      convolution->bias.copy_(0.3 * random.normal({convolution->options.out_channels}));
    }
  generator->train();
  for (int i = 0; i < 5; ++i) generator->forward(random.normal({4, generator->latent_size()}));
}

template <class Generator>
Tensor evaluated(Generator& generator, const Tensor& latents) {
  const torch::NoGradGuard no_gradients;
  generator->eval();
  return generator->forward(latents);
}

/// Of two images: the largest difference in terms of the largest value.
double relative_difference(const Tensor& images, const Tensor& expected) {
  return ((images - expected).abs().max() / expected.abs().max()).item<double>();
}

template <class Module>
std::size_t count(const torch::nn::Module& network) {
  std::size_t found = 0;
  for (const auto& module : network.modules()) found += module->as<Module>() != nullptr;
  return found;
}

std::size_t norms_left(const GeneratorOptions& options) {
  return count<NormalizationImpl>(*inference_copy(*Generator(options), std::nullopt));
}

GeneratorOptions sampled_generator() {
  return {.latent_size = 8, .image_size = 32, .base_channels = 12, .max_channels = 24};
}

}  // namespace

TEST_CASE("a sampler's images are the generator's in evaluation mode, for every preset", "[models]") {
  for (const std::string& preset : generators::preset_names())
    for (const bool spectral : {false, true}) {
      INFO(preset << (spectral ? " with spectral norm" : ""));
      const GeneratorOptions noisy = generators::with_noise(thin(preset), 0.1);
      Generator generator(spectral ? generators::with_spectral_norm(noisy) : noisy);
      pretend_training(generator, 1);
      const Sampler sampler(generator);
      const Tensor latents = at::randn({3, generator->latent_size()});
      const Tensor expected = evaluated(generator, latents);
      CHECK(expected.std().item<double>() > 0.01);
      CHECK(relative_difference(sampler(latents), expected) < 1e-5);
    }
}

TEST_CASE("a sampler's images are the generator's for every norm, place of it, stem and upsampling", "[models]") {
  std::size_t round = 0;
  for (const auto& [norm, norm_name] : EnumNames<Norm>::names)
    for (const auto& [place, place_name] : EnumNames<NormPlace>::names)
      for (const auto& [upsample, upsample_name] : EnumNames<Upsample>::names) {
        const auto [stem, stem_name] = EnumNames<StemKind>::names[round % 4];  // six in a row meet all four
        const bool bias = round / 4 % 2 == 0;                                  // and each stem in both cases
        const bool spectral_norm = bias;
        ++round;
        INFO(norm_name << ", " << place_name << ", " << upsample_name << ", " << stem_name << ", bias " << bias);
        GeneratorOptions options{.latent_size = 8, .image_size = 16, .base_channels = 12, .max_channels = 24};
        options.stem.kind = stem;
        if (stem != StemKind::block)
          options.stem = {.kind = stem,
                          .norm = norm,
                          .norm_place = place,
                          .activation = Activation::leaky_relu,
                          .bias = bias,
                          .spectral_norm = spectral_norm};
        options.block = {.norm = norm,
                         .norm_place = place,
                         .upsample = upsample,
                         .halves = Halves::projection,
                         .merge = Merge::concatenation,
                         .bias = bias,
                         .spectral_norm = spectral_norm};
        options.head = {.norm = norm, .activation = Activation::relu, .bias = bias, .spectral_norm = spectral_norm};
        Generator generator(options);
        pretend_training(generator, 2);
        const Sampler sampler(generator);
        const Tensor latents = at::randn({2, 8});
        CHECK(relative_difference(sampler(latents), evaluated(generator, latents)) < 1e-5);
      }
}

TEST_CASE("a sampler takes blocks of one's own, prepares their layers and leaves the rest", "[models]") {
  BasicGenerator<OwnUp> generator({.latent_size = 8, .image_size = 32, .base_channels = 12, .max_channels = 24});
  pretend_training(generator, 3);
  const Sampler sampler(generator);
  const Tensor latents = at::randn({2, 8});
  CHECK(relative_difference(sampler(latents), evaluated(generator, latents)) < 1e-5);
  CHECK(count<NormalizationImpl>(*generator) == 4);
  CHECK(count<NormalizationImpl>(*inference_copy(*generator, std::nullopt)) == 2);
}

TEST_CASE("no norm is left that a convolution can take up", "[models]") {
  CHECK(norms_left(thin("csp_from_2x2")) == 0);
  CHECK(norms_left(thin("csp_stem64")) == 0);
  CHECK(norms_left(thin("csp")) == 1);  // the head's acts on a sum

  GeneratorOptions options = generators::with_spectral_norm(sampled_generator());
  options.block.norm = Norm::batch;
  Generator generator(options);
  CHECK(count<NormalizationImpl>(*generator) == 5 * 2);  // a transposed_4 block has five convolutions
  CHECK(count<SpectralNormImpl>(*generator) == 5 * 2 + 2);
  const auto prepared = inference_copy(*generator, std::nullopt);
  CHECK(count<NormalizationImpl>(*prepared) == 0);
  CHECK(count<SpectralNormImpl>(*prepared) == 0);
  CHECK(prepared->buffers().empty());

  // Of the five two are activated: what comes after an activation cannot go before it.
  options.block.norm_place = NormPlace::after_activation;
  CHECK(norms_left(options) == 2 * 2);
  options.block.norm = Norm::group;
  CHECK(norms_left(options) == 5 * 2);
}

TEST_CASE("the generator that a sampler is made of stays as it was, mode and gradients included", "[models]") {
  Generator generator(generators::with_spectral_norm(thin("csp_from_2x2")));
  pretend_training(generator, 4);
  const auto state = [&] {
    std::vector<std::pair<std::string, Tensor>> tensors;
    for (const auto& tensor : generator->named_parameters()) tensors.emplace_back(tensor.key(), tensor.value());
    for (const auto& tensor : generator->named_buffers()) tensors.emplace_back(tensor.key(), tensor.value());
    return tensors;
  };
  auto before = state();
  for (auto& [name, tensor] : before) tensor = tensor.detach().clone();

  const Sampler sampler(generator);
  sampler(at::randn({2, 8}));
  const auto after = state();
  REQUIRE(after.size() == before.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    INFO(after[i].first);
    CHECK(after[i].first == before[i].first);
    CHECK(at::equal(after[i].second, before[i].second));
  }
  CHECK(generator->is_training());
  for (const Tensor& parameter : generator->parameters()) CHECK(parameter.requires_grad());
}

TEST_CASE("a sampler does not follow the later training of its generator", "[models]") {
  Generator generator(thin("csp"));
  pretend_training(generator, 5);
  const Sampler sampler(generator);
  const Tensor latents = at::randn({2, 8});
  const Tensor images = sampler(latents);
  pretend_training(generator, 6);
  CHECK(at::equal(sampler(latents), images));
  CHECK(relative_difference(Sampler(generator)(latents), images) > 0.01);
}

TEST_CASE("several threads at once get the bits that they get one after the other", "[models]") {
  Generator generator(generators::with_spectral_norm(thin("csp")));
  pretend_training(generator, 7);
  const Sampler sampler(generator);
  constexpr std::size_t threads = 4, rounds = 8;
  std::vector<Tensor> latents, expected;
  for (std::size_t i = 0; i < threads * rounds; ++i) {
    latents.push_back(at::randn({static_cast<std::int64_t>(i % 3 + 1), 8}));
    expected.push_back(sampler(latents.back()));
  }
  std::vector<Tensor> found(threads * rounds);
  std::vector<std::thread> running;
  for (std::size_t thread = 0; thread < threads; ++thread)
    running.emplace_back([&, thread] {
      for (std::size_t i = thread; i < found.size(); i += threads) found[i] = sampler(latents[i]);
    });
  for (auto& thread : running) thread.join();
  for (std::size_t i = 0; i < found.size(); ++i) CHECK(at::equal(found[i], expected[i]));
}

TEST_CASE("a sampler can be made in inference mode, and copied", "[models]") {
  Generator generator(thin("csp_from_2x2"));
  pretend_training(generator, 8);
  const Tensor latents = at::randn({2, 8});
  const Tensor images = Sampler(generator)(latents);
  const c10::InferenceMode inference;
  Generator loaded(generator->options);
  {
    auto from = generator->named_parameters();
    for (auto& parameter : loaded->named_parameters()) parameter.value().copy_(from[parameter.key()]);
    auto statistics = generator->named_buffers();
    for (auto& buffer : loaded->named_buffers()) buffer.value().copy_(statistics[buffer.key()]);
  }
  Sampler sampler(loaded);
  const Sampler copy = sampler;
  CHECK(at::equal(sampler(latents), images));
  CHECK(at::equal(copy(latents), images));
}

TEST_CASE("a sampler's images may be changed in place, and have no gradient even where the latents have", "[models]") {
  const Sampler sampler{Generator(sampled_generator())};
  Tensor images = sampler(at::randn({2, 8}).requires_grad_());
  CHECK_FALSE(images.requires_grad());
  CHECK_NOTHROW(images.mul_(2));
}

TEST_CASE("latents of another shape are refused, with both shapes", "[models]") {
  const Sampler sampler{Generator(sampled_generator())};
  CHECK(sampler.latent_size() == 8);
  CHECK(sampler.device() == at::kCPU);
  const auto message = [&](at::IntArrayRef shape) { return message_of<Error>([&] { sampler(at::zeros(shape)); }); };
  CHECK(contains(message({2, 7}), "expected [N, 8], found [2, 7]"));
  CHECK(contains(message({8}), "found [8]"));
}

TEST_CASE("indexed latents are functions of seed and index, and standard normal", "[models]") {
  const Tensor all = indexed_latents(3, 0, 400, 100);
  CHECK(at::equal(indexed_latents(3, 7, 2, 100), all.slice(0, 7, 9)));
  CHECK(!at::equal(indexed_latents(4, 0, 400, 100), all));
  CHECK(std::abs(all.mean().item<double>()) < 0.02);
  CHECK(std::abs(all.std().item<double>() - 1) < 0.02);
}

TEST_CASE("a sequence gives its latents by number, of a seed, of seeds, of rows, and scaled", "[models]") {
  const LatentSequence of_seed = latents_of_seed(3, 8, 5), of_seeds = latents_of_seeds({4, 17, 4}, 8);
  CHECK(at::equal(of_seed.draw(2, 2), indexed_latents(3, 7, 2, 8)));
  CHECK(of_seed.name(2) == "sample-000007");
  CHECK(!of_seed.count);
  CHECK(at::equal(of_seeds.draw(1, 2), at::cat({indexed_latents(17, 0, 1, 8), indexed_latents(4, 0, 1, 8)})));
  CHECK(of_seeds.name(1) == "seed-17");
  CHECK(of_seeds.count == 3);
  const Tensor rows = at::randn({5, 8});
  const LatentSequence of_rows = latents_of_rows(rows);
  CHECK(at::equal(of_rows.draw(1, 3), rows.slice(0, 1, 4)));
  CHECK(of_rows.count == 5);
  CHECK(at::equal(scaled(of_rows, 0.5).draw(0, 5), rows * 0.5));
}

TEST_CASE("a checkpoint whose options have older names is drawn from, one with unknown options is refused by file",
          "[models]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "old.safetensors";
  Generator generator(
      GeneratorOptions{.image_size = 32, .base_channels = 4, .head = {.output = OutputActivation::relu}});
  TensorFile state;
  save_module(*generator, StateWriter(state, "generator_ema."));
  std::string run = to_json(Value::Object{{"generator", to_value(generator->options)}});
  run.replace(run.find("centered"), 8, "centred");
  save_checkpoint(path, state, 1, parse_json(run, "run"));
  CHECK(load_generator(path)->options == generator->options);
  run.replace(run.find("centred"), 7, "nonsense");
  save_checkpoint(path, state, 1, parse_json(run, "run"));
  CHECK(contains(message_of<Error>([&] { load_generator(path); }), "old.safetensors"));
}

TEST_CASE("threads that come and go and draw one picture each leave no memory behind", "[models]") {
  const Generator generator(GeneratorOptions{.image_size = 32, .base_channels = 8});
  const Sampler sampler(generator);
  const auto draw = [&](int threads) {
    for (int i = 0; i < threads; ++i) std::thread([&] { sampler(at::zeros({1, sampler.latent_size()})); }).join();
  };
  const auto resident = [] {
    std::ifstream status("/proc/self/statm");
    std::int64_t all = 0, pages = 0;
    status >> all >> pages;
    return pages * ::sysconf(_SC_PAGESIZE) / (1 << 20);
  };
  draw(40);
  const std::int64_t before = resident();
  draw(400);
#ifndef __SANITIZE_ADDRESS__        // which keeps for a while what was freed
  CHECK(resident() - before <= 8);  // MiB; a thread's own feature maps alone have half of one
#endif
}
