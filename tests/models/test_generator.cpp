// The generator: shapes, sizes, options, blocks of one's own.
#include <ATen/ATen.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>

#include <memory>

#include "cspgan/core/error.hpp"
#include "cspgan/models/generator.hpp"
#include "cspgan/models/presets.hpp"
#include "cspgan/nn/convolution.hpp"
#include "cspgan/nn/initialization.hpp"
#include "cspgan/nn/upsampling.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

/// A block of one's own: nearest-neighbor upsampling and one convolution.
class PlainUpImpl : public torch::nn::Cloneable<PlainUpImpl> {
 public:
  PlainUpImpl(std::int64_t in_channels, std::int64_t out_channels) : in_(in_channels), out_(out_channels) { reset(); }
  void reset() override {
    convolution_ = register_module("convolution",
                                   Convolution({.in_channels = in_, .out_channels = out_, .kernel = 3, .padding = 1}));
  }
  at::Tensor forward(const at::Tensor& x) { return at::relu(convolution_->forward(upsample_nearest(x))); }

 private:
  std::int64_t in_, out_;
  Convolution convolution_{nullptr};
};
TORCH_MODULE(PlainUp);

/// A block that forgets to double.
class LazyUpImpl : public torch::nn::Cloneable<LazyUpImpl> {
 public:
  struct Options {
    std::int64_t in_channels = 0;
    std::int64_t out_channels = 0;
    bool zero = false;
    friend bool operator==(const Options&, const Options&) = default;
  };
  explicit LazyUpImpl(const Options& given) : options(given) {}
  void reset() override {}
  at::Tensor forward(const at::Tensor& x) {
    const at::Tensor y = x.narrow(1, 0, options.out_channels);
    return options.zero ? at::zeros_like(upsample_nearest(y)) : y;
  }
  Options options;
};
TORCH_MODULE(LazyUp);

GeneratorOptions small_generator() {
  return {.latent_size = 8, .image_size = 32, .base_channels = 4, .max_channels = 16};
}

bool all_finite(const Tensor& tensor) { return at::isfinite(tensor).all().item<bool>(); }

}  // namespace

static_assert(UpBlock<PlainUp> && UpBlock<LazyUp>);

TEST_CASE("a generator makes images of every power-of-two size from 32 to 256", "[models]") {
  for (const std::int64_t size : {32, 64, 128, 256}) {
    GeneratorOptions options = generators::csp(size);
    options.base_channels = 4;
    Generator generator(options);
    CHECK(generator->image_size() == size);
    const Tensor images = generator->forward(at::randn({2, generator->latent_size()}));
    CHECK(images.sizes() == at::IntArrayRef({2, 3, size, size}));
    CHECK(images.abs().max().item<double>() <= 1);
  }
}

TEST_CASE("every stem with every head and output trains", "[models]") {
  for (const auto& [stem, stem_name] : EnumNames<StemKind>::names)
    for (const auto& [head, head_name] : EnumNames<HeadKind>::names)
      for (const auto& [output, output_name] : EnumNames<OutputActivation>::names)
        for (const Norm norm : {Norm::none, Norm::batch}) {
          INFO(stem_name << ", " << head_name << ", " << output_name);
          GeneratorOptions options = small_generator();
          options.block.norm = norm;
          options.stem = {.kind = stem};
          if (stem != StemKind::block) options.stem.norm = norm;
          options.head = {.kind = head, .output = output};
          if (head != HeadKind::none) options.head.norm = norm;
          if (head != HeadKind::none) options.head.activation = Activation::relu;
          CHECK(from_value<GeneratorOptions>(to_value(options), "generator") == options);
          Generator generator(options);
          const Tensor images = generator->forward(at::randn({4, 8}));
          REQUIRE(images.sizes() == at::IntArrayRef({4, 3, 32, 32}));
          (images * at::randn_like(images)).sum().backward();
          for (const auto& parameter : generator->named_parameters()) {
            INFO(parameter.key());
            REQUIRE(parameter.value().grad().defined());
            CHECK(all_finite(parameter.value().grad()));
          }
        }
}

TEST_CASE("spectral norm and noise reach every convolution of a generator", "[models]") {
  for (const auto& preset : {small_generator(), generators::csp_stem64()}) {
    Generator generator(generators::with_noise(generators::with_spectral_norm(preset), 0.1));
    std::size_t convolutions = 0, normalized = 0, noisy = 0;
    generator->apply([&](torch::nn::Module& child) {
      if (auto* convolution = child.as<ConvolutionImpl>()) {
        ++convolutions;
        if (!convolution->spectral_norm.is_empty()) ++normalized;
      }
      if (child.as<GaussianNoiseImpl>() != nullptr) ++noisy;
    });
    CHECK(convolutions > 10);
    CHECK(normalized == convolutions);
    CHECK(noisy == convolutions);
  }
}

TEST_CASE("sigmoid's and relu's images are moved to where [-1, 1] images are, unless asked otherwise", "[models]") {
  for (const OutputActivation output : {OutputActivation::sigmoid, OutputActivation::relu}) {
    GeneratorOptions options = small_generator();
    options.head.output = output;
    Generator centered(options);
    options.head.centered = false;
    Generator raw(options);
    TensorRandom first(1, at::kCPU), second(1, at::kCPU);
    initialize(*centered, {}, first);
    initialize(*raw, {}, second);
    const Tensor latents = at::randn({2, 8});
    const Tensor expected = raw->forward(latents);
    CHECK(expected.min().item<double>() >= 0);
    const Tensor moved = output == OutputActivation::relu ? expected - 1 : expected * 2 - 1;
    CHECK(at::allclose(centered->forward(latents), moved, 1e-6, 1e-6));
  }
}

TEST_CASE("feature counts come from base and maximum unless they are given", "[models]") {
  using Channels = std::vector<std::int64_t>;
  CHECK(Generator(generators::csp(64))->options.channels == Channels{256, 128, 64, 32, 16});
  CHECK(Generator({.image_size = 32, .base_channels = 64, .max_channels = 100})->options.channels ==
        Channels{100, 100, 64});
  CHECK(Generator({.image_size = 16, .base_channels = 8, .head = {.kind = HeadKind::none}})->options.channels ==
        Channels{16, 8, 3});
  CHECK(Generator({.image_size = 32, .channels = {10, 6, 2}})->options.channels == Channels{10, 6, 2});
}

TEST_CASE("a clone of a generator equals it and lives by itself", "[models]") {
  Generator generator(generators::with_spectral_norm(small_generator()));
  const auto clone = std::dynamic_pointer_cast<GeneratorImpl>(generator->clone());
  generator->eval();
  clone->eval();
  const Tensor latents = at::randn({2, 8});
  const Tensor images = generator->forward(latents);
  CHECK(at::equal(clone->forward(latents), images));
  CHECK(clone->options == generator->options);
  const torch::NoGradGuard no_gradients;
  for (auto& parameter : clone->parameters()) parameter.mul_(2);
  CHECK(at::equal(generator->forward(latents), images));
  CHECK_FALSE(at::equal(clone->forward(latents), images));
}

TEST_CASE("a generator stored as channels_last makes the same images, in that layout", "[models]") {
  for (const StemKind stem : {StemKind::linear, StemKind::transposed_4}) {
    GeneratorOptions options = generators::csp(32);
    options.stem.kind = stem;
    Generator generator(options);
    const Tensor latents = at::randn({4, 128});
    const Tensor expected = generator->forward(latents);
    use_channels_last(*generator);
    const Tensor found = generator->forward(latents);
    CHECK(at::allclose(found, expected, 1e-3, 1e-4));
    CHECK(found.is_contiguous(at::MemoryFormat::ChannelsLast));
  }
}

TEST_CASE("a block of one's own stands in a generator", "[models]") {
  BasicGenerator<PlainUp> generator({.latent_size = 16, .image_size = 64, .base_channels = 8});
  const Tensor latents = at::randn({2, 16});
  const Tensor images = generator->forward(latents);
  CHECK(images.sizes() == at::IntArrayRef({2, 3, 64, 64}));
  const auto clone = std::dynamic_pointer_cast<BasicGeneratorImpl<PlainUp>>(generator->clone());
  CHECK(at::equal(clone->forward(latents), images));
  const auto options = generator->options;
  CHECK(from_value<BasicGeneratorOptions<PlainUp>>(to_value(options), "generator") == options);
}

TEST_CASE("a block that does not double is named when the generator runs", "[models]") {
  const BasicGeneratorOptions<LazyUp> options{.latent_size = 4, .image_size = 16, .base_channels = 4};
  BasicGenerator<LazyUp> generator(options);
  CHECK(message_of<Error>([&] {
          generator->forward(at::zeros({2, 4}));
        }) == "generator: output of block 0, which must double its input: expected [2, 4, 8, 8], found [2, 4, 4, 4]");
}

TEST_CASE("a block without a stem form cannot be the stem", "[models]") {
  CHECK(contains(message_of<OptionError>([] { BasicGenerator<PlainUp>({.stem = {.kind = StemKind::block}}); }),
                 "no stem form"));
}

TEST_CASE("latents of a wrong length are refused with both shapes", "[models]") {
  Generator generator(small_generator());
  CHECK(message_of<Error>([&] {
          generator->forward(at::zeros({4, 9}));
        }) == "generator: latents: expected [N, 8], found [4, 9]");
  CHECK(contains(message_of<Error>([&] { generator->forward(at::zeros({4, 8, 1, 1})); }), "found [4, 8, 1, 1]"));
}

TEST_CASE("wrong options of a generator are named with their value", "[models]") {
  const auto message = [](GeneratorOptions options) { return message_of<OptionError>([&] { Generator{options}; }); };
  CHECK(message({.image_size = 100}) == "generator: image_size must be a power of two from 8 to 1024, not 100");
  CHECK(contains(message({.latent_size = 0}), "latent_size must be at least 1, not 0"));
  CHECK(contains(message({.image_size = 32, .channels = {8, 8}}), "channels has 2 numbers, but needs 3"));
  CHECK(contains(message({.image_size = 32, .channels = {9, 8, 8}}), "in_channels is 9"));
  CHECK(contains(message({.image_size = 16, .channels = {8, 8, 4}, .head = {.kind = HeadKind::none}}),
                 "last of channels is 4"));
  CHECK(contains(message({.block = {.in_channels = 8}}), "block.in_channels"));
  CHECK(contains(message({.stem = {.kind = StemKind::block, .bias = false}}), "options of the block count"));
  CHECK(contains(message_of<OptionError>([] {
                   from_value<GeneratorOptions>(parse_json(R"({"block": {"upsampel": "nearest"}})", "test"),
                                                "generator");
                 }),
                 "upsample"));
}
