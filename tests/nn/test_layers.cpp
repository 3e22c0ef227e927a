// The parts that blocks are made of.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/nn/module.h>

#include <cmath>

#include "cspgan/core/error.hpp"
#include "cspgan/nn/convolution_layer.hpp"
#include "cspgan/nn/gaussian_noise.hpp"
#include "cspgan/nn/minibatch_stddev.hpp"
#include "cspgan/nn/module_tools.hpp"
#include "cspgan/nn/spectral_norm.hpp"
#include "cspgan/nn/upsampling.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

double largest_singular_value(const Tensor& weight, std::int64_t output_dimension) {
  return at::linalg_svdvals(weight.detach().movedim(output_dimension, 0).flatten(1)).max().item<double>();
}

}  // namespace

TEST_CASE("spectral norm makes the largest singular value 1, also of a transposed convolution", "[nn]") {
  const bool transposed = GENERATE(false, true);
  at::manual_seed(1);
  Convolution convolution({.in_channels = 6,
                           .out_channels = 5,
                           .kernel = 4,
                           .stride = 2,
                           .padding = 1,
                           .transposed = transposed,
                           .spectral_norm = true});
  const std::int64_t dimension = transposed ? 1 : 0;
  REQUIRE(std::abs(largest_singular_value(convolution->weight, dimension) - 1) > 0.1);
  for (int i = 0; i < 50; ++i) convolution->forward(at::randn({2, 6, 4, 4}));
  const Tensor normalized = convolution->spectral_norm->forward(convolution->weight);
  CHECK(std::abs(largest_singular_value(normalized, dimension) - 1) < 1e-3);
}

TEST_CASE("spectral norm changes u in training mode only, and by one power iteration", "[nn]") {
  at::manual_seed(2);
  SpectralNorm norm({.rows = 3, .columns = 8});
  const Tensor weight = at::randn({3, 2, 2, 2});
  const Tensor u = norm->u.clone();
  const Tensor v = norm->v.clone();
  norm->eval();
  const Tensor evaluated = norm->forward(weight);
  CHECK(at::equal(norm->u, u));
  CHECK(at::allclose(evaluated, weight / at::dot(u, at::mv(weight.flatten(1), v))));

  norm->train();
  norm->forward(weight);
  Tensor expected = at::mv(weight.flatten(1), v);
  expected /= expected.norm();
  CHECK(at::allclose(norm->u, expected));
}

TEST_CASE("spectral norm's gradient equals the finite-difference gradient", "[nn]") {
  at::manual_seed(3);
  SpectralNorm norm({.rows = 3, .columns = 4});
  norm->to(at::kDouble);
  norm->eval();
  const Tensor weight = at::randn({3, 4, 1, 1}, at::kDouble).requires_grad_(true);
  const Tensor probe = at::randn({3, 4, 1, 1}, at::kDouble);
  const auto value = [&](const Tensor& at_weight) { return (norm->forward(at_weight) * probe).sum(); };
  value(weight).backward();
  for (std::int64_t i = 0; i < 12; ++i) {
    Tensor step = at::zeros({12}, at::kDouble);
    step[i] = 1e-6;
    step = step.view({3, 4, 1, 1});
    const double difference = (value(weight.detach() + step) - value(weight.detach() - step)).item<double>() / 2e-6;
    CHECK(std::abs(difference - weight.grad().flatten()[i].item<double>()) < 1e-7);
  }
}

TEST_CASE("two forward passes with spectral norm can be back-propagated together", "[nn]") {
  Convolution convolution({.in_channels = 2, .out_channels = 2, .padding = 1, .spectral_norm = true});
  const Tensor first = convolution->forward(at::randn({1, 2, 4, 4}));
  const Tensor second = convolution->forward(at::randn({1, 2, 4, 4}));
  (first.sum() - second.sum()).backward();
  CHECK(at::isfinite(convolution->weight.grad()).all().item<bool>());
}

TEST_CASE("Gaussian noise has its standard deviation in training and is absent in evaluation", "[nn]") {
  GaussianNoise noise({.sigma = 0.25});
  at::manual_seed(4);
  const Tensor input = at::ones({4, 8, 32, 32});
  const Tensor added = noise->forward(input) - input;
  CHECK(std::abs(added.std().item<double>() - 0.25) < 0.005);
  CHECK(std::abs(added.mean().item<double>()) < 0.005);
  noise->eval();
  CHECK(at::equal(noise->forward(input), input));
}

TEST_CASE("noise layers draw from the generator that they were given, and a clone shares it", "[nn]") {
  ConvolutionLayer layer({.convolution = {.in_channels = 2, .out_channels = 2, .padding = 1}, .noise_sigma = 1});
  TensorRandom random(7, at::kCPU);
  set_noise_generator(*layer, random.generator());
  const Tensor input = at::zeros({1, 2, 4, 4});
  const Tensor state = random.state().clone();
  const Tensor first = layer->forward(input);
  CHECK_FALSE(at::equal(random.state(), state));
  random.set_state(state);
  at::manual_seed(99);  // of no effect
  CHECK(at::equal(layer->forward(input), first));
  random.set_state(state);
  const auto clone = std::dynamic_pointer_cast<ConvolutionLayerImpl>(layer->clone());
  CHECK(at::equal(clone->forward(input), first));
}

TEST_CASE("noise does not depend on the memory layout of what it is added to", "[nn]") {
  GaussianNoise noise({.sigma = 1});
  const Tensor input = at::randn({2, 3, 4, 4});
  at::manual_seed(5);
  const Tensor plain = noise->forward(input);
  at::manual_seed(5);
  const Tensor channels_last = noise->forward(input.contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(at::equal(plain, channels_last));
  CHECK(channels_last.is_contiguous(at::MemoryFormat::ChannelsLast));
}

TEST_CASE("the norm stands before or after the activation, as asked", "[nn]") {
  const Tensor input = at::randn({8, 3, 6, 6});
  ConvolutionLayerOptions options{.convolution = {.in_channels = 3, .out_channels = 4, .padding = 1},
                                  .norm = Norm::batch,
                                  .activation = Activation::relu};
  const Tensor before = ConvolutionLayer(options)->forward(input);
  CHECK(before.min().item<double>() == 0);
  options.norm_place = NormPlace::after_activation;
  const Tensor after = ConvolutionLayer(options)->forward(input);
  CHECK(after.min().item<double>() < 0);
  CHECK(at::allclose(after.mean({0, 2, 3}), at::zeros({4}), 0, 1e-5));
}

TEST_CASE("group norm treats each image by itself", "[nn]") {
  Normalization norm({.channels = 48, .norm = Norm::group});
  const Tensor input = at::randn({4, 48, 5, 5});
  CHECK(at::allclose(norm->forward(input).narrow(0, 1, 1), norm->forward(input.narrow(0, 1, 1)), 1e-5, 1e-6));
}

TEST_CASE("batch norm in training refuses a batch with one value a channel instead of making NaN", "[nn]") {
  Normalization norm({.channels = 3});
  CHECK(contains(message_of<Error>([&] { norm->forward(at::zeros({1, 3, 1, 1})); }), "found [1, 3, 1, 1]"));
  norm->eval();
  CHECK_NOTHROW(norm->forward(at::zeros({1, 3, 1, 1})));
}

TEST_CASE("bilinear doubling as on a GPU has the values and gradients of LibTorch's", "[nn]") {
  at::manual_seed(1);
  for (const auto& shape : {std::vector<std::int64_t>{2, 3, 5, 4}, {1, 1, 1, 1}, {2, 2, 2, 3}}) {
    const Tensor input = at::randn(shape, at::kDouble).requires_grad_();
    const Tensor weights = at::randn(shape, at::kDouble).requires_grad_();
    // The value, its gradient, and the gradient of the gradient, of a function that is curved in both.
    const auto derivatives = [&](const Tensor& doubled) {
      const Tensor first = torch::autograd::grad({doubled.pow(3).sum()}, {input}, {}, true, true)[0];
      const Tensor second = torch::autograd::grad({first.mul(weights).sum()}, {input})[0];
      return at::cat({doubled.flatten(), first.flatten(), second.flatten()});
    };
    const Tensor expected = derivatives(at::upsample_bilinear2d(input, {shape[2] * 2, shape[3] * 2}, false));
    CHECK(at::allclose(derivatives(cspgan::detail::repeatable_bilinear(input)), expected, 1e-12, 1e-12));
  }
}

TEST_CASE("every upsampling doubles, in both layouts alike", "[nn]") {
  for (const auto& [upsample, name] : EnumNames<Upsample>::names) {
    for (const std::int64_t out : {4, 6}) {
      INFO(name << " to " << out << " channels");
      UpsamplingOptions options{.in_channels = 4, .out_channels = out, .upsample = upsample};
      if (options.has_convolution()) options.norm = Norm::group;
      Upsampling layer(options);
      const Tensor input = at::randn({2, 4, 3, 5});
      const Tensor output = layer->forward(input);
      CHECK(output.sizes() == at::IntArrayRef({2, out, 6, 10}));
      const Tensor channels_last = layer->forward(input.contiguous(at::MemoryFormat::ChannelsLast));
      CHECK(at::allclose(output, channels_last, 1e-5, 1e-5));
    }
  }
}

TEST_CASE("plain upsampling that keeps the channels has no parameters", "[nn]") {
  CHECK(parameter_count(*Upsampling({.in_channels = 4, .out_channels = 4, .upsample = Upsample::nearest})) == 0);
  CHECK(parameter_count(*Upsampling({.in_channels = 4, .out_channels = 2, .upsample = Upsample::bilinear})) == 10);
}

TEST_CASE("plain upsampling that keeps the channels refuses what only a convolution could have", "[nn]") {
  for (const Upsample upsample : {Upsample::nearest, Upsample::bilinear}) {
    const UpsamplingOptions plain{.in_channels = 4, .out_channels = 4, .upsample = upsample};
    UpsamplingOptions norm = plain, spectral_norm = plain, noise = plain;
    norm.norm = Norm::batch, spectral_norm.spectral_norm = true, noise.noise_sigma = 0.1;
    CHECK(contains(message_of<OptionError>([&] { Upsampling{norm}; }), "Upsampling: norm is asked for"));
    CHECK(contains(message_of<OptionError>([&] { Upsampling{spectral_norm}; }), "spectral_norm is asked for"));
    CHECK(contains(message_of<OptionError>([&] { Upsampling{noise}; }), "noise_sigma is asked for"));
    for (UpsamplingOptions* const options : {&norm, &spectral_norm, &noise}) {
      options->out_channels = 3;
      CHECK_NOTHROW(Upsampling(*options));
    }
  }
}

TEST_CASE("minibatch standard deviation equals the closed form and takes any batch size", "[nn]") {
  const Tensor features = at::randn({6, 2, 3, 3});
  const Tensor output = append_minibatch_stddev(features, 4);  // groups of 3: {0, 2, 4} and {1, 3, 5}
  REQUIRE(output.sizes() == at::IntArrayRef({6, 3, 3, 3}));
  const Tensor odd = features.index_select(0, at::tensor({1, 3, 5}, at::kLong));
  const double expected = odd.std(0, /*unbiased=*/false).mean().item<double>();
  CHECK(std::abs(output[3][2][1][1].item<double>() - expected) < 1e-5);
  CHECK(append_minibatch_stddev(features.narrow(0, 0, 1), 4).select(1, 2).abs().max().item<double>() < 1e-3);
  for (const std::int64_t batch : {5, 7, 11, 13}) {  // of primes, all images are one group
    const Tensor images = at::randn({batch, 2, 3, 3});
    const Tensor channel = append_minibatch_stddev(images, 4).select(1, 2);
    CHECK((channel - images.std(0, /*unbiased=*/false).mean()).abs().max().item<double>() < 1e-5);
  }
  const Tensor nine = at::randn({9, 2, 3, 3});  // groups of 3, the divisor of 9 above 2
  CHECK(at::equal(append_minibatch_stddev(nine, 2), append_minibatch_stddev(nine, 3)));
}

TEST_CASE("channels_last storage keeps the results, of 1x1 kernels as well, and survives clone", "[nn]") {
  ConvolutionLayer layer({.convolution = {.in_channels = 6, .out_channels = 4, .kernel = 1}});
  const Tensor input = at::randn({2, 6, 4, 4});
  const Tensor expected = layer->forward(input);
  use_channels_last(*layer);
  const Tensor found = layer->forward(input);
  CHECK(at::allclose(found, expected, 1e-5, 1e-6));
  CHECK(found.is_contiguous(at::MemoryFormat::ChannelsLast));
  for (const auto& parameter : layer->clone()->parameters())
    if (parameter.dim() == 4) CHECK(parameter.suggest_memory_format() == at::MemoryFormat::ChannelsLast);
}

TEST_CASE("wrong options of a layer are named with their value", "[nn]") {
  CHECK(message_of<OptionError>([] { Convolution({.in_channels = 0, .out_channels = 1}); }) ==
        "Convolution: in_channels must be at least 1, not 0");
  CHECK(contains(message_of<OptionError>([] { GaussianNoise({.sigma = -1}); }),
                 "sigma must be finite and at least 0, not -1"));
  CHECK(contains(message_of<OptionError>([] {
                   Upsampling({.in_channels = 1, .out_channels = 1, .upsample = Upsample::nearest, .padding = 0});
                 }),
                 "transposed_4, not nearest"));
}
