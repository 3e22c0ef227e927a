// Activations and their gradients.
#include "kernels/tensors/activation.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/leaky_relu_backward.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/threshold_backward.h>
#include <ATen/record_function.h>

#include "kernels/table.hpp"
#include "kernels/tensors/convolution.hpp"
#include "kernels/tensors/rows.hpp"

namespace cspgan::kernels {
namespace {

using at::Tensor;

/// Both in one pass.
ActivationGradient compute(const Tensor& dy, const Tensor& y, double slope, bool has_bias) {
  RECORD_FUNCTION("cspgan: gradient of activation and bias", c10::ArrayRef<const c10::IValue>{});
  const bool active = slope != 1;
  const Shape shape(dy);
  ActivationGradient gradient{active ? at::empty_like(dy) : dy, Tensor()};
  const float* const of_dy = dy.const_data_ptr<float>();
  const float* const of_y = active ? y.const_data_ptr<float>() : nullptr;
  float* const of_dx = active ? gradient.values.data_ptr<float>() : nullptr;
  const std::vector<double> sums =
      sums_of(shape.rows, shape.channels, [&](std::size_t row, std::size_t count, float* to) {
        const std::size_t at = row * shape.channels;
        table().activation_gradient(of_dy + at, active ? of_y + at : nullptr, static_cast<float>(slope), count,
                                    shape.channels, active ? of_dx + at : nullptr, to);
      });
  if (has_bias) {
    gradient.bias = at::empty({dy.size(1)}, dy.options());
    std::copy(sums.begin(), sums.end(), gradient.bias.data_ptr<float>());
  }
  return gradient;
}

}  // namespace

Tensor activate_in_place(Tensor values, double slope) {
  if (slope == 1) return values;
  return slope == 0 ? at::relu_(values) : at::leaky_relu_(values, slope);
}

ActivationGradient gradient_before_activation(const Tensor& dy, const Tensor& y, double slope, bool has_bias) {
  if (slope == 1 && !has_bias) return {dy, Tensor()};
  if (enabled() && !at::GradMode::is_enabled() && has_rows(dy) && (slope == 1 || has_rows(y)))
    return compute(dy, y, slope, has_bias);
  ActivationGradient gradient{dy, Tensor()};
  if (slope == 0)
    gradient.values = at::threshold_backward(dy, y, 0);
  else if (slope != 1)
    gradient.values = at::leaky_relu_backward(dy, y, slope, /*self_is_result=*/true);
  if (has_bias) gradient.bias = gradient.values.sum({0, 2, 3});
  return gradient;
}

}  // namespace cspgan::kernels
