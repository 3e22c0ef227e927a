// Power iteration as in torch.nn.utils.parametrizations.spectral_norm, so that both agree to rounding.
#include "cspgan/nn/spectral_norm.hpp"

#include <ATen/ops/dot.h>
#include <ATen/ops/mv.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <ostream>

#include "core/checks.hpp"

namespace cspgan {
namespace {

constexpr double smallest_norm = 1e-12;
constexpr int starting_iterations = 15;

Tensor normalized(const Tensor& vector) { return vector / vector.norm().clamp_min(smallest_norm); }

}  // namespace

SpectralNormImpl::SpectralNormImpl(const SpectralNormOptions& given) : options(given) { reset(); }

void SpectralNormImpl::reset() {
  detail::require_at_least(options.rows, 1, "SpectralNorm: rows");
  detail::require_at_least(options.columns, 1, "SpectralNorm: columns");
  u = register_buffer("u", normalized(at::randn({options.rows})));
  v = register_buffer("v", normalized(at::randn({options.columns})));
}

void SpectralNormImpl::pretty_print(std::ostream& stream) const {
  stream << "SpectralNorm(rows=" << options.rows << ", columns=" << options.columns << ')';
}

Tensor SpectralNormImpl::as_matrix(const Tensor& weight) const {
  return (options.output_dimension == 0 ? weight : weight.movedim(options.output_dimension, 0)).flatten(1);
}

void SpectralNormImpl::iterate(const Tensor& matrix, int count) {
  const torch::NoGradGuard no_gradients;
  for (int i = 0; i < count; ++i) {
    u.copy_(normalized(at::mv(matrix, v)));
    v.copy_(normalized(at::mv(matrix.t(), u)));
  }
}

Tensor SpectralNormImpl::forward(const Tensor& weight) {
  const Tensor matrix = as_matrix(weight);
  if (is_training()) iterate(matrix, 1);
  // Copies, since the next forward changes u and v while the graph of this one still needs them.
  const Tensor sigma = at::dot(u.clone(), at::mv(matrix, v.clone()));
  return weight / sigma;
}

void SpectralNormImpl::approach(const Tensor& weight) { iterate(as_matrix(weight), 1); }

void SpectralNormImpl::start(const Tensor& weight, TensorRandom& random) {
  const torch::NoGradGuard no_gradients;
  u.copy_(normalized(random.normal({options.rows})));
  v.copy_(normalized(random.normal({options.columns})));
  iterate(as_matrix(weight), starting_iterations);
}

void SpectralNormImpl::start(const Tensor& weight) {
  const torch::NoGradGuard no_gradients;
  iterate(as_matrix(weight), starting_iterations);
}

}  // namespace cspgan
