// The activation after a convolution or a normalization: max(x, slope x), 0 <= slope <= 1.
#pragma once

#include <ATen/core/Tensor.h>

namespace cspgan::kernels {

/// Applies the activation to the values in place.
at::Tensor activate_in_place(at::Tensor values, double slope);

/// For a layer that ends with y = activation(x + bias): the gradients of x and, with `has_bias`, of the bias, [C].
struct ActivationGradient {
  at::Tensor values;
  at::Tensor bias;
};
/// `dy` is y's gradient, [N, C, H, W]; without an activation (slope 1) `y` is not used. If higher derivatives
/// are needed, the result is a differentiable function of `dy`.
ActivationGradient gradient_before_activation(const at::Tensor& dy, const at::Tensor& y, double slope, bool has_bias);

}  // namespace cspgan::kernels
