// The discriminator: shapes, sizes, options, blocks of one's own.
#include <ATen/ATen.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>

#include <memory>

#include "cspgan/core/error.hpp"
#include "cspgan/models/discriminator.hpp"
#include "cspgan/models/presets.hpp"
#include "cspgan/nn/convolution.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

/// A block of one's own, made from options of its own: a mean over 2x2 and a 1x1 convolution.
class MeanDownImpl : public torch::nn::Cloneable<MeanDownImpl> {
 public:
  struct Options {
    std::int64_t in_channels = 0;
    std::int64_t out_channels = 0;
    double gain = 1;
    static void describe(auto&& self, auto&& field) { field("gain", self.gain, "factor of the output"); }
    friend bool operator==(const Options&, const Options&) = default;
  };
  explicit MeanDownImpl(const Options& given) : options(given) { reset(); }
  void reset() override {
    convolution_ = register_module(
        "convolution",
        Convolution({.in_channels = options.in_channels, .out_channels = options.out_channels, .kernel = 1}));
  }
  at::Tensor forward(const at::Tensor& x) {
    return at::tanh(convolution_->forward(at::avg_pool2d(x, 2))) * options.gain;
  }

  Options options;

 private:
  Convolution convolution_{nullptr};
};
TORCH_MODULE(MeanDown);

DiscriminatorOptions small() { return {.image_size = 32, .base_channels = 4, .max_channels = 8}; }

}  // namespace

static_assert(DownBlock<MeanDown>);

TEST_CASE("every discriminator preset scores images of every power-of-two size from 32 to 256 with [N]", "[models]") {
  for (const std::int64_t size : {32, 64, 128, 256})
    for (DiscriminatorOptions options : {discriminators::strided3(size), discriminators::dcgan(size),
                                         discriminators::residual(size), discriminators::plain(size)}) {
      options.base_channels = 4;
      Discriminator discriminator(options);
      CHECK(discriminator->image_size() == size);
      CHECK(discriminator->forward(at::randn({3, 3, size, size})).sizes() == at::IntArrayRef({3}));
    }
}

TEST_CASE("every stem and shape of a discriminator trains, with and without minibatch deviation", "[models]") {
  for (const auto& [stem, stem_name] : EnumNames<DiscriminatorStemKind>::names)
    for (const auto& [shape, shape_name] : EnumNames<DownShape>::names)
      for (const std::int64_t group : {0, 2})
        for (const std::int64_t head_size : {1, 2, 4}) {
          INFO(stem_name << ", " << shape_name << ", " << group << ", " << head_size);
          DiscriminatorOptions options = small();
          options.stem.kind = stem;
          options.block.shape = shape;
          options.head.minibatch_stddev = group;
          options.head.size = head_size;
          options.head.activation = Activation::leaky_relu;
          CHECK(from_value<DiscriminatorOptions>(to_value(options), "discriminator") == options);
          Discriminator discriminator(options);
          const Tensor scores = discriminator->forward(at::randn({4, 3, 32, 32}));
          REQUIRE(scores.sizes() == at::IntArrayRef({4}));
          scores.sum().backward();
          for (const auto& parameter : discriminator->named_parameters()) {
            INFO(parameter.key());
            REQUIRE(parameter.value().grad().defined());
            CHECK(at::isfinite(parameter.value().grad()).all().item<bool>());
          }
        }
}

TEST_CASE("only the first block goes without its norm, unless asked otherwise", "[models]") {
  const auto norms = [](const DiscriminatorOptions& options) {
    std::vector<std::string> names;
    for (const auto& item : Discriminator(options)->named_buffers())
      if (contains(item.key(), "running_mean")) names.push_back(item.key().substr(0, 6));
    return names;
  };
  DiscriminatorOptions options = small();
  options.block.norm = Norm::batch;
  CHECK(norms(options) == std::vector<std::string>{"block1", "block2"});
  options.normalize_first = true;
  CHECK(norms(options) == std::vector<std::string>{"block0", "block1", "block2"});
}

TEST_CASE("spectral norm and noise reach every convolution of a discriminator", "[models]") {
  Discriminator discriminator(
      discriminators::with_noise(discriminators::with_spectral_norm(discriminators::residual(32)), 0.1));
  std::size_t convolutions = 0, normalized = 0, noisy = 0;
  discriminator->apply([&](torch::nn::Module& child) {
    if (auto* convolution = child.as<ConvolutionImpl>()) {
      ++convolutions;
      if (!convolution->spectral_norm.is_empty()) ++normalized;
    }
    if (child.as<GaussianNoiseImpl>() != nullptr) ++noisy;
  });
  CHECK(convolutions == 1 + 3 * 3 + 1);
  CHECK(normalized == convolutions);
  CHECK(noisy == convolutions);
}

TEST_CASE("a discriminator without norm scores each image by itself", "[models]") {
  Discriminator discriminator(small());
  const Tensor images = at::randn({4, 3, 32, 32});
  CHECK(at::allclose(discriminator->forward(images)[2], discriminator->forward(images.narrow(0, 2, 1))[0], 1e-4, 1e-5));
}

TEST_CASE("a discriminator gives the same scores for channels_last images and weights", "[models]") {
  Discriminator discriminator(discriminators::residual(32));
  const Tensor images = at::randn({4, 3, 32, 32});
  const Tensor expected = discriminator->forward(images);
  CHECK(at::allclose(discriminator->forward(images.contiguous(at::MemoryFormat::ChannelsLast)), expected, 1e-3, 1e-4));
  use_channels_last(*discriminator);
  CHECK(at::allclose(discriminator->forward(images), expected, 1e-3, 1e-4));
}

TEST_CASE("a clone of a discriminator equals it", "[models]") {
  Discriminator discriminator(discriminators::with_spectral_norm(discriminators::residual(32)));
  const auto clone = std::dynamic_pointer_cast<DiscriminatorImpl>(discriminator->clone());
  discriminator->eval();
  clone->eval();
  const Tensor images = at::randn({2, 3, 32, 32});
  CHECK(at::equal(clone->forward(images), discriminator->forward(images)));
  CHECK(clone->options == discriminator->options);
}

TEST_CASE("a block of one's own stands in a discriminator, with options of its own", "[models]") {
  BasicDiscriminator<MeanDown> discriminator({.image_size = 32, .base_channels = 4, .block = {.gain = 2}});
  CHECK(discriminator->forward(at::randn({2, 3, 32, 32})).sizes() == at::IntArrayRef({2}));
  const auto options = discriminator->options;
  const Value value = to_value(options);
  CHECK(value.at("block").at("gain").number() == 2);
  CHECK(from_value<BasicDiscriminatorOptions<MeanDown>>(value, "discriminator") == options);
}

TEST_CASE("images of a wrong size are refused with both shapes", "[models]") {
  Discriminator discriminator(small());
  CHECK(message_of<Error>([&] {
          discriminator->forward(at::zeros({2, 3, 64, 64}));
        }) == "discriminator: images: expected [N, 3, 32, 32], found [2, 3, 64, 64]");
  CHECK(contains(message_of<Error>([&] {
                   discriminator->forward(at::zeros({2, 1, 32, 32}));
                 }),
                 "found [2, 1, 32, 32]"));
}

TEST_CASE("wrong options of a discriminator are named with their value", "[models]") {
  const auto message = [](DiscriminatorOptions options) {
    return message_of<OptionError>([&] { Discriminator{options}; });
  };
  CHECK(contains(message({.image_size = 48}), "image_size must be a power of two from 8 to 1024, not 48"));
  CHECK(contains(message({.image_size = 32, .channels = {8}}), "channels has 1 numbers, but needs 3"));
  CHECK(contains(message({.head = {.size = 3}}), "head.size must be a power of two"));
  CHECK(contains(message({.image_size = 8, .head = {.size = 8}}), "no block fits"));
  CHECK(contains(message({.block = {.kernel = 7}}), "kernel must be 3 or 4, not 7"));
  CHECK(contains(message({.stem = {.bias = false}}), "stem.kind is none"));
  CHECK(contains(message({.head = {.minibatch_stddev = -1}}), "minibatch_stddev must be at least 0, not -1"));
}
