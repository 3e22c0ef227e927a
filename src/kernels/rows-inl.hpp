// Passes over rows of channels: batch normalization with the activation behind it, gradients of activations. Included
// once for each instruction set.
#pragma once

#include <hwy/highway.h>

#include "kernels/table.hpp"
#include "kernels/transforms-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cspgan::kernels {
namespace HWY_NAMESPACE {

/// dx, the gradient before the activation that gave y, and its sums over `rows`. Without y and dx: the sums of dy. As
/// LibTorch has it, ReLU lets nothing through where y <= 0, whatever dy is.
inline void activation_gradient(const float* dy, const float* y, float slope, std::size_t rows, std::size_t channels,
                                float* dx, float* sums) {
  const Floats d;
  const Vector factor = hn::Set(d, slope);
  for (std::size_t c = 0; c < channels; c += lanes) {
    Vector sum = hn::Zero(d);
    for (std::size_t at = c; at < rows * channels; at += channels) {
      Vector gradient = hn::LoadU(d, dy + at);
      if (y != nullptr) {
        const Vector value = hn::LoadU(d, y + at);
        gradient = slope == 0 ? hn::IfThenZeroElse(hn::Le(value, hn::Zero(d)), gradient)
                              : hn::IfThenElse(hn::Gt(value, hn::Zero(d)), gradient, hn::Mul(gradient, factor));
        hn::StoreU(gradient, d, dx + at);
      }
      sum = hn::Add(sum, gradient);
    }
    hn::StoreU(sum, d, sums + c);
  }
}

/// Sums over `rows` of first(row, c) and second(row, c), for each vector of channels.
template <class First, class Second>
HWY_INLINE void sum_rows(std::size_t rows, std::size_t channels, float* sums, const First& values,
                         const Second& squares) {
  const Floats d;
  for (std::size_t c = 0; c < channels; c += lanes) {
    Vector first = hn::Zero(d);
    Vector second = hn::Zero(d);
    for (std::size_t row = 0; row < rows; ++row) {
      const Vector value = values(row * channels + c, c);
      first = hn::Add(first, value);
      second = hn::MulAdd(value, squares(row * channels + c, c), second);
    }
    hn::StoreU(first, d, sums + c);
    hn::StoreU(second, d, sums + channels + c);
  }
}

/// sums[0..channels) of x - pivot, sums[channels..) of its square: near the mean, a pivot keeps the digits.
inline void norm_statistics(const float* x, const float* pivot, std::size_t rows, std::size_t channels, float* sums) {
  const Floats d;
  const auto centered = [&](std::size_t at, std::size_t c)
                            HWY_ATTR { return hn::Sub(hn::LoadU(d, x + at), hn::LoadU(d, pivot + c)); };
  sum_rows(rows, channels, sums, centered, centered);
}

/// y = activation(scale x + shift).
inline void norm_apply(const float* x, const float* scale, const float* shift, float slope, std::size_t rows,
                       std::size_t channels, float* y) {
  const Floats d;
  const Vector factor = hn::Set(d, slope);
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t c = 0; c < channels; c += lanes) {
      const std::size_t at = row * channels + c;
      const Vector value = hn::MulAdd(hn::LoadU(d, scale + c), hn::LoadU(d, x + at), hn::LoadU(d, shift + c));
      hn::StoreU(activated(value, factor), d, y + at);
    }
}

// The gradient for inputs of the activation that were not above 0: slope times the incoming gradient. For a slope of 0,
// it is 0 with the sign of the gradient, so that an infinite gradient gives 0, as with LibTorch's ReLU, and not
// infinity times 0.
struct Scaled {
  Vector slope;
  HWY_INLINE Vector operator()(Vector gradient) const { return hn::Mul(gradient, slope); }
};
struct SignOnly {
  HWY_INLINE Vector operator()(Vector gradient) const { return hn::And(gradient, hn::Set(Floats(), -0.0F)); }
};

/// The gradient before the activation: dy, or masked(dy) where scale x + shift <= 0.
template <class Masked>
HWY_INLINE Vector before_activation(const NormGradient& p, const Masked& masked, std::size_t at, std::size_t c) {
  const Floats d;
  const Vector value = hn::MulAdd(hn::LoadU(d, p.scale + c), hn::LoadU(d, p.x + at), hn::LoadU(d, p.shift + c));
  const Vector gradient = hn::LoadU(d, p.dy + at);
  return hn::IfThenElse(hn::Gt(value, hn::Zero(d)), gradient, masked(gradient));
}

template <class Masked>
HWY_INLINE void sum_norm_gradients(const NormGradient& p, const Masked& masked, std::size_t rows, std::size_t channels,
                                   float* sums) {
  const Floats d;
  sum_rows(
      rows, channels, sums, [&](std::size_t at, std::size_t c) HWY_ATTR { return before_activation(p, masked, at, c); },
      [&](std::size_t at, std::size_t c)
          HWY_ATTR { return hn::Sub(hn::LoadU(d, p.x + at), hn::LoadU(d, p.mean + c)); });
}

/// sums[0..channels) of that gradient g, sums[channels..) of g (x - mean).
inline void norm_gradient_sums(const NormGradient& p, std::size_t rows, std::size_t channels, float* sums) {
  if (p.slope == 0)
    sum_norm_gradients(p, SignOnly(), rows, channels, sums);
  else
    sum_norm_gradients(p, Scaled{hn::Set(Floats(), p.slope)}, rows, channels, sums);
}

template <class Masked>
HWY_INLINE void apply_norm_gradients(const NormGradient& p, const Masked& masked, const float* of_x,
                                     const float* constant, std::size_t rows, std::size_t channels, float* dx) {
  const Floats d;
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t c = 0; c < channels; c += lanes) {
      const std::size_t at = row * channels + c;
      const Vector gradient = before_activation(p, masked, at, c);
      const Vector centered = hn::Sub(hn::LoadU(d, p.x + at), hn::LoadU(d, p.mean + c));
      const Vector rest = hn::MulAdd(hn::LoadU(d, of_x + c), centered, hn::LoadU(d, constant + c));
      hn::StoreU(hn::MulAdd(hn::LoadU(d, p.scale + c), gradient, rest), d, dx + at);
    }
}

/// dx = scale g + of_x (x - mean) + constant.
inline void norm_gradient_apply(const NormGradient& p, const float* of_x, const float* constant, std::size_t rows,
                                std::size_t channels, float* dx) {
  if (p.slope == 0)
    apply_norm_gradients(p, SignOnly(), of_x, constant, rows, channels, dx);
  else
    apply_norm_gradients(p, Scaled{hn::Set(Floats(), p.slope)}, of_x, constant, rows, channels, dx);
}

}  // namespace HWY_NAMESPACE
}  // namespace cspgan::kernels
HWY_AFTER_NAMESPACE();
