// Our batch normalization against float64, in value, state and all first and second derivatives.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>

#include <limits>
#include <vector>

#include "kernels/tensors/normalization.hpp"
#include "support/catch.hpp"

using at::Tensor;

namespace {

struct Result {
  std::vector<Tensor> derivatives;
  Tensor running_mean;
  Tensor running_var;
};

/// y, its gradients for x, weight and bias under a random cotangent, the gradients of those three in a random
/// direction, and the running statistics; by ours in float32, by LibTorch in any type.
Result run(bool ours, at::ScalarType type, const std::vector<std::int64_t>& shape, double slope, double offset) {
  at::manual_seed(11);
  const auto draw = [&](at::IntArrayRef sizes) { return at::randn(sizes).to(type); };
  const auto images = [&] { return draw(shape).contiguous(at::MemoryFormat::ChannelsLast); };
  const Tensor x = (images() * 3 + offset).requires_grad_(true);
  const Tensor weight = (draw({shape[1]}) * 0.3 + 1).requires_grad_(true);
  const Tensor bias = draw({shape[1]}).requires_grad_(true);
  const Tensor cotangent = images().requires_grad_(true);
  Result result{{}, draw({shape[1]}), draw({shape[1]}).abs()};
  Tensor y;
  if (ours) {
    y = cspgan::kernels::batch_norm(x, weight, bias, {result.running_mean, result.running_var, true, 0.1, 1e-5}, slope);
  } else {
    y = at::batch_norm(x, weight, bias, result.running_mean, result.running_var, true, 0.1, 1e-5, false);
    if (slope != 1) y = at::leaky_relu(y, slope);
  }
  const auto first = torch::autograd::grad({y}, {x, weight, bias}, {cotangent}, true, true);
  const auto second = torch::autograd::grad({first[0], first[1], first[2]}, {x, weight, cotangent},
                                            {images(), draw({shape[1]}), draw({shape[1]})}, true, false, true);
  result.derivatives = {y, first[0], first[1], first[2], second[0], second[1], second[2]};
  for (Tensor& tensor : result.derivatives) tensor = tensor.detach();
  return result;
}

double relative_deviation(const Tensor& value, const Tensor& truth) {
  return ((value.to(at::kDouble) - truth).norm() / truth.norm()).item<double>();
}

}  // namespace

TEST_CASE("batch norm with its activation is LibTorch's, with its gradients and second gradients", "[kernels]") {
  const std::vector<std::int64_t> shape =
      GENERATE(std::vector<std::int64_t>{4, 16, 5, 7}, std::vector<std::int64_t>{2, 48, 1, 1},
               std::vector<std::int64_t>{3, 160, 9, 11}, std::vector<std::int64_t>{8, 32, 24, 24});
  const double slope = GENERATE(1.0, 0.0, 0.2);
  const double offset = GENERATE(0.0, 100.0);
  const Result truth = run(false, at::kDouble, shape, slope, offset);
  const Result libtorch = run(false, at::kFloat, shape, slope, offset);
  const Result ours = run(true, at::kFloat, shape, slope, offset);
  CHECK(relative_deviation(ours.running_mean, truth.running_mean) < 1e-6);
  CHECK(relative_deviation(ours.running_var, truth.running_var) < 1e-5);
  for (std::size_t i = 0; i < truth.derivatives.size(); ++i) {
    INFO("derivative " << i);
    CHECK(relative_deviation(ours.derivatives[i], truth.derivatives[i]) <=
          8 * relative_deviation(libtorch.derivatives[i], truth.derivatives[i]) + 3e-6);
  }
}

TEST_CASE("batch norm gives the same bits for any number of threads", "[kernels]") {
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const Result once = run(true, at::kFloat, {7, 48, 20, 18}, 0.2, 1);
  for (const int threads : {2, 3, 8}) {
    at::set_num_threads(threads);
    const Result again = run(true, at::kFloat, {7, 48, 20, 18}, 0.2, 1);
    for (std::size_t i = 0; i < 4; ++i) CHECK(at::equal(once.derivatives[i], again.derivatives[i]));
  }
  at::set_num_threads(before);
}

TEST_CASE("one outlying pixel costs the variance no digits", "[kernels]") {
  at::manual_seed(12);
  Tensor x = at::randn({4, 16, 32, 32}).contiguous(at::MemoryFormat::ChannelsLast);
  x.select(0, 0).select(1, 0).select(1, 0).fill_(300);
  const Tensor ones = at::ones({16});
  const Tensor mean = at::zeros({16});
  const Tensor variance = at::ones({16});
  cspgan::kernels::batch_norm(x, ones, ones, {mean, variance, true, 1.0, 1e-5}, 1);
  CHECK(relative_deviation(variance, x.to(at::kDouble).var(at::IntArrayRef{0, 2, 3})) < 2e-5);
}

TEST_CASE("an infinite gradient where ReLU gave 0 reaches nobody, as LibTorch has it", "[kernels]") {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto gradients = [&](bool ours, at::ScalarType type, double outlier, bool masked) {
    at::manual_seed(13);
    const auto images = [&] { return at::randn({3, 32, 6, 6}).to(type).contiguous(at::MemoryFormat::ChannelsLast); };
    const Tensor x = images().requires_grad_(true);
    const Tensor weight = (at::randn({32}).to(type) * 0.3 + 1).requires_grad_(true);
    const Tensor bias = at::randn({32}).to(type).requires_grad_(true);
    const Tensor mean = at::zeros({32}, type), variance = at::ones({32}, type);
    Tensor y;
    if (ours)
      y = cspgan::kernels::batch_norm(x, weight, bias, {mean, variance, true, 0.1, 1e-5}, 0);
    else
      y = at::batch_norm(x, weight, bias, mean, variance, true, 0.1, 1e-5, false).relu();
    const Tensor place = y.detach().eq(0).eq(masked).nonzero()[0];
    const Tensor cotangent = images();
    cotangent.index_put_({place[0], place[1], place[2], place[3]}, at::full({}, outlier, type));
    return torch::autograd::grad({y}, {x, weight, bias}, {cotangent});
  };
  for (const double outlier : {infinity, -infinity, std::numeric_limits<double>::quiet_NaN()}) {
    const auto ours = gradients(true, at::kFloat, outlier, true);
    const auto truth = gradients(false, at::kDouble, outlier, true);
    for (std::size_t i = 0; i < truth.size(); ++i) CHECK(relative_error(ours[i], truth[i]) < 1e-5);
    CHECK_FALSE(gradients(true, at::kFloat, outlier, false)[2].isfinite().all().item<bool>());
  }
}

TEST_CASE("statistics of another number of channels are refused, not written beyond", "[kernels]") {
  const Tensor x = at::randn({2, 64, 4, 4}).contiguous(at::MemoryFormat::ChannelsLast);
  const Tensor few = at::ones({16});
  CHECK_THROWS_AS(cspgan::kernels::batch_norm(x, few, few, {few, few, true, 0.1, 1e-5}, 1), c10::Error);
}
