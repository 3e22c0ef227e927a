// First values of parameters.
#include <ATen/ATen.h>
#include <torch/nn/cloneable.h>

#include <cmath>

#include "cspgan/core/error.hpp"
#include "cspgan/nn/convolution_layer.hpp"
#include "cspgan/nn/cspup_block.hpp"
#include "cspgan/nn/initialization.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

ConvolutionLayer layer(bool transposed, bool spectral_norm = false) {
  return ConvolutionLayer({.convolution = {.in_channels = 32,
                                           .out_channels = 64,
                                           .kernel = 4,
                                           .stride = 2,
                                           .padding = 1,
                                           .transposed = transposed,
                                           .spectral_norm = spectral_norm},
                           .norm = Norm::batch});
}

void initialize_with(torch::nn::Module& module, InitializationScheme scheme, std::uint64_t seed = 1) {
  TensorRandom random(seed, at::kCPU);
  initialize(module, {.scheme = scheme}, random);
}

double deviation(const Tensor& tensor) { return tensor.std().item<double>(); }

}  // namespace

TEST_CASE("initialization is a function of the seed for every parameter and buffer", "[nn]") {
  for (const auto& [scheme, name] : EnumNames<InitializationScheme>::names) {
    INFO(name);
    const CSPupOptions options{
        .in_channels = 8, .out_channels = 6, .norm = Norm::batch, .halves = Halves::projection, .spectral_norm = true};
    at::manual_seed(1);
    CSPupBlock first(options);
    at::manual_seed(2);
    CSPupBlock second(options);
    initialize_with(*first, scheme, 5);
    initialize_with(*second, scheme, 5);
    for (const auto& item : first->named_parameters()) {
      INFO(item.key());
      CHECK(at::equal(item.value(), second->named_parameters()[item.key()]));
    }
    for (const auto& item : first->named_buffers()) {
      INFO(item.key());
      CHECK(at::equal(item.value(), second->named_buffers()[item.key()]));
    }
    initialize_with(*second, scheme, 6);
    CHECK_FALSE(at::equal(first->parameters()[0], second->parameters()[0]));
  }
}

TEST_CASE("the scheme standard fills +-1 / sqrt(fan in), as LibTorch does", "[nn]") {
  for (const bool transposed : {false, true}) {
    auto module = layer(transposed);
    const double bound = 1 / std::sqrt((transposed ? 64 : 32) * 16.0);
    const auto in_bounds = [bound](const Tensor& tensor) {
      const double largest = tensor.abs().max().item<double>();
      return largest <= bound && largest > 0.9 * bound;
    };
    CHECK(in_bounds(module->named_parameters()["convolution.weight"]));  // what the constructor draws
    initialize_with(*module, InitializationScheme::standard);
    const auto parameters = module->named_parameters();
    CHECK(in_bounds(parameters["convolution.weight"]));
    CHECK(in_bounds(parameters["convolution.bias"]));
    CHECK(at::equal(parameters["norm.weight"], at::ones({64})));
    CHECK(at::equal(parameters["norm.bias"], at::zeros({64})));
  }
}

TEST_CASE("the scheme normal is DCGAN's", "[nn]") {
  auto module = layer(false);
  initialize_with(*module, InitializationScheme::normal);
  const auto parameters = module->named_parameters();
  CHECK(std::abs(deviation(parameters["convolution.weight"]) - 0.02) < 0.001);
  CHECK(at::equal(parameters["convolution.bias"], at::zeros({64})));
  CHECK(std::abs(parameters["norm.weight"].mean().item<double>() - 1) < 0.01);
  CHECK(std::abs(deviation(parameters["norm.weight"]) - 0.02) < 0.01);
  CHECK(at::equal(parameters["norm.bias"], at::zeros({64})));
}

TEST_CASE("the scheme orthogonal makes orthonormal rows or columns", "[nn]") {
  for (const bool transposed : {false, true}) {
    auto module = layer(transposed);
    initialize_with(*module, InitializationScheme::orthogonal);
    const Tensor matrix = module->named_parameters()["convolution.weight"].flatten(1);
    CHECK(at::allclose(at::mm(matrix, matrix.t()), at::eye(matrix.size(0)), 0, 1e-5));
  }
  Convolution tall({.in_channels = 2, .out_channels = 16, .kernel = 1});
  initialize_with(*tall, InitializationScheme::orthogonal);
  const Tensor matrix = tall->weight.flatten(1);
  CHECK(at::allclose(at::mm(matrix.t(), matrix), at::eye(2), 0, 1e-5));
}

TEST_CASE("the scheme kaiming keeps the variance through a LeakyReLU", "[nn]") {
  auto module = layer(false);
  initialize_with(*module, InitializationScheme::kaiming);
  const double expected = std::sqrt(2 / 1.04 / (32 * 16));
  CHECK(std::abs(deviation(module->named_parameters()["convolution.weight"]) / expected - 1) < 0.02);
  Convolution last({.in_channels = 512, .out_channels = 1, .kernel = 4});
  initialize_with(*last, InitializationScheme::kaiming);
  CHECK(std::abs(deviation(last->weight) * std::sqrt(512.0 * 16) - 1) < 0.03);
}

TEST_CASE("after initialization spectral norm knows the new weight's largest singular value", "[nn]") {
  auto module = layer(true, true);
  initialize_with(*module, InitializationScheme::orthogonal);  // all singular values of the rows are 1
  initialize_with(*module, InitializationScheme::normal);
  const Tensor weight = module->named_parameters()["convolution.weight"].detach();
  const auto buffers = module->named_buffers();
  const Tensor matrix = weight.movedim(1, 0).flatten(1);
  const double estimate =
      at::dot(buffers["convolution.spectral_norm.u"], at::mv(matrix, buffers["convolution.spectral_norm.v"]))
          .item<double>();
  const double exact = at::linalg_svdvals(matrix).max().item<double>();
  CHECK(estimate <= exact * 1.0001);
  CHECK(estimate > exact * 0.9);
}

TEST_CASE("a standard deviation that is not positive is refused", "[nn]") {
  auto module = layer(false);
  TensorRandom random(1, at::kCPU);
  CHECK(contains(message_of<OptionError>([&] {
                   initialize(*module, {.scheme = InitializationScheme::normal, .standard_deviation = 0}, random);
                 }),
                 "standard_deviation must be finite and above 0, not 0"));
}
