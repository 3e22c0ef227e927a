// Shared by the tests of policies: a step, the numbers of a tensor, and a small smooth discriminator whose gradients
// can be computed in plain loops.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include "cspgan/core/random.hpp"
#include "cspgan/policies/step_context.hpp"

namespace cspgan_test {

/// A step context with its own random number generator.
struct Step {
  explicit Step(std::uint64_t seed = 1, std::int64_t step = 0, std::int64_t images = 0)
      : random(seed, at::kCPU), context{.step = step, .images = images, .random = random, .update = step} {}
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

  cspgan::TensorRandom random;
  cspgan::StepContext context;
};

inline cspgan::Targets hard_targets(std::int64_t count) { return {at::ones({count}), at::zeros({count})}; }

inline std::vector<double> numbers(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().to(at::kCPU, at::kDouble).contiguous();
  return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

inline at::Tensor drawn(at::IntArrayRef shape, std::uint64_t seed) {
  return cspgan::TensorRandom(seed, at::kCPU).normal(shape, at::kDouble);
}

/// score(x) = out . tanh(in x + bias), in float64; images [N, 3, 2, 2].
struct SmallDiscriminator {
  static constexpr std::int64_t pixels = 12, hidden = 5;
  at::Tensor in = drawn({hidden, pixels}, 11).mul(0.4).requires_grad_(true);
  at::Tensor bias = drawn({hidden}, 12).requires_grad_(true);
  at::Tensor out = drawn({hidden}, 13).requires_grad_(true);

  at::Tensor operator()(const at::Tensor& images) const {
    return images.flatten(1).matmul(in.t()).add(bias).tanh().matmul(out);
  }
  std::vector<at::Tensor> parameters() const { return {in, bias, out}; }

  /// The gradient of one image's score with respect to its pixels, computed in loops.
  std::vector<double> gradient(const std::vector<double>& image) const {
    const auto w = numbers(in), b = numbers(bias), v = numbers(out);
    std::vector<double> result(pixels, 0);
    for (std::size_t h = 0; h < hidden; ++h) {
      double sum = b[h];
      for (std::size_t p = 0; p < pixels; ++p) sum += w[h * pixels + p] * image[p];
      const double slope = 1 - std::tanh(sum) * std::tanh(sum);
      for (std::size_t p = 0; p < pixels; ++p) result[p] += v[h] * slope * w[h * pixels + p];
    }
    return result;
  }

  /// |gradient|^2 for each image.
  std::vector<double> squared_norms(const at::Tensor& images) const {
    std::vector<double> result;
    for (std::int64_t i = 0; i < images.size(0); ++i) {
      double sum = 0;
      for (const double g : gradient(numbers(images[i]))) sum += g * g;
      result.push_back(sum);
    }
    return result;
  }
};

/// The largest difference between the back-propagated gradients of `value` with respect to the parameters and central
/// differences, relative to the largest gradient. 1e9 if a parameter on which `value` depends has no gradient.
inline double gradient_error(const std::vector<at::Tensor>& parameters, const std::function<at::Tensor()>& value) {
  for (const auto& parameter : parameters) parameter.mutable_grad() = at::Tensor();
  const at::Tensor result = value();
  if (!result.requires_grad()) return 1e9;
  result.backward();
  double worst = 0, largest = 0;
  const double step = 1e-5;
  for (const auto& parameter : parameters) {
    const at::Tensor back_propagated = parameter.grad().defined() ? parameter.grad() : at::zeros_like(parameter);
    const at::Tensor flat = parameter.detach().view(-1);  // shares memory with the parameter
    for (std::int64_t i = 0; i < flat.numel(); ++i) {
      const double kept = flat[i].item<double>();
      flat[i].fill_(kept + step);
      const double above = value().item<double>();
      flat[i].fill_(kept - step);
      const double below = value().item<double>();
      flat[i].fill_(kept);
      const double slope = (above - below) / (2 * step);
      worst = std::max(worst, std::abs(slope - back_propagated.view(-1)[i].item<double>()));
      largest = std::max(largest, std::abs(slope));
    }
  }
  return largest > 0 ? worst / largest : 1e9;
}

}  // namespace cspgan_test
