// Initial values of parameters.
#include "cspgan/nn/initialization.hpp"

#include <ATen/ops/linalg_qr.h>
#include <torch/nn/module.h>

#include <cmath>

#include "core/checks.hpp"
#include "cspgan/nn/spectral_norm.hpp"

namespace cspgan {
namespace {

/// The number of inputs that one output sums over, as LibTorch counts them: out k k for a transposed weight
/// [in, out, k, k].
double fan_in(const Tensor& weight) { return static_cast<double>(weight.numel() / weight.size(0)); }

/// A matrix with orthonormal rows or columns, whichever are fewer: the QR decomposition of a normal matrix, with signs
/// fixed so that the result is uniform over orthogonal matrices (Mezzadri 2007).
Tensor orthogonal_like(const Tensor& weight, TensorRandom& random) {
  const std::int64_t rows = weight.size(0);
  const std::int64_t columns = weight.numel() / rows;
  const bool wide = rows < columns;
  Tensor normal = random.normal({rows, columns});
  if (wide) normal = normal.t();
  const auto [q, r] = at::linalg_qr(normal, "reduced");
  const Tensor signed_q = q * r.diagonal().sign();
  return (wide ? signed_q.t() : signed_q).reshape(weight.sizes());
}

Tensor weight_like(const Tensor& weight, const InitializationOptions& options, TensorRandom& random) {
  const double fan = fan_in(weight);
  switch (options.scheme) {
    case InitializationScheme::standard: {
      const double bound = 1 / std::sqrt(fan);
      return random.uniform(weight.sizes(), {-bound, bound});
    }
    case InitializationScheme::normal:
      return random.normal(weight.sizes()).mul_(options.standard_deviation);
    case InitializationScheme::orthogonal:
      return orthogonal_like(weight, random);
    case InitializationScheme::kaiming: {
      const double gain_squared = weight.size(0) == 1 ? 1 : 2 / (1 + 0.2 * 0.2);
      return random.normal(weight.sizes()).mul_(std::sqrt(gain_squared / fan));
    }
  }
  return weight;
}

Tensor norm_scale_like(const Tensor& scale, const InitializationOptions& options, TensorRandom& random) {
  if (options.scheme != InitializationScheme::normal) return scale.new_ones(scale.sizes());
  return random.normal(scale.sizes()).mul_(options.standard_deviation).add_(1);
}

void initialize_own_parameters(torch::nn::Module& module, const InitializationOptions& options, TensorRandom& random) {
  const auto parameters = module.named_parameters(/*recurse=*/false);
  const Tensor* weight = parameters.find("weight");
  for (const auto& item : parameters) {
    Tensor parameter = item.value();
    if (parameter.numel() == 0) continue;
    if (parameter.dim() >= 2) {
      parameter.copy_(weight_like(parameter, options, random));
    } else if (item.key() == "weight" && parameter.dim() == 1) {
      parameter.copy_(norm_scale_like(parameter, options, random));
    } else if (item.key() == "bias") {
      const bool of_convolution = weight != nullptr && weight->dim() >= 2;
      if (of_convolution && options.scheme == InitializationScheme::standard) {
        const double bound = 1 / std::sqrt(fan_in(*weight));
        parameter.copy_(random.uniform(parameter.sizes(), {-bound, bound}));
      } else {
        parameter.zero_();
      }
    }
  }
  for (const auto& item : module.named_buffers(/*recurse=*/false)) {
    Tensor buffer = item.value();
    if (item.key() == "running_mean") buffer.zero_();
    if (item.key() == "running_var") buffer.fill_(1);
  }
  if (weight == nullptr) return;
  for (const auto& child : module.named_children())
    if (auto* spectral = child.value()->as<SpectralNormImpl>()) spectral->start(*weight, random);
}

}  // namespace

void InitializationOptions::validate() const {
  detail::require_positive(standard_deviation, "initialization: standard_deviation");
}

void initialize(torch::nn::Module& module, const InitializationOptions& options, TensorRandom& random) {
  options.validate();
  const torch::NoGradGuard no_gradients;
  module.apply([&](torch::nn::Module& child) { initialize_own_parameters(child, options, random); });
}

}  // namespace cspgan
