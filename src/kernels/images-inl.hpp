// What a generator does to its maps besides convolutions and norms. Included once for each instruction set.
#pragma once

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include "kernels/table.hpp"
#include "kernels/transforms-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cspgan::kernels {
namespace HWY_NAMESPACE {

/// to[c] = 3/4 near[c] + 1/4 far[c] for each c < count.
HWY_INLINE void blend(const float* near, const float* far, std::size_t count, float* to) {
  const Floats d;
  const Vector most = hn::Set(d, 0.75F), rest = hn::Set(d, 0.25F);
  const auto blended = [&](Vector a, Vector b) HWY_ATTR { return hn::MulAdd(a, most, hn::Mul(b, rest)); };
  if (count < lanes) return store_some(blended(load_some(near, count), load_some(far, count)), to, count);
  for (std::size_t c = 0; c < count; c += lanes) {
    const std::size_t at = HWY_MIN(c, count - lanes);  // the last vector overlaps the one before
    hn::StoreU(blended(hn::LoadU(d, near + at), hn::LoadU(d, far + at)), d, to + at);
  }
}

/// A row of bilinear upsampling by two, pixel centers kept: an output lies a quarter of an input pixel from the nearer
/// row and column and three quarters from the farther one, or at the border from itself. `pixel` floats between the
/// pixels of the inputs; `between` has room for a row, columns * channels; `to` gets 2 * columns pixels side by side.
inline void double_row(const float* near, const float* far, std::size_t pixel, std::size_t columns,
                       std::size_t channels, float* between, float* to) {
  if (pixel == channels)
    blend(near, far, columns * channels, between);
  else
    for (std::size_t x = 0; x < columns; ++x)
      blend(near + x * pixel, far + x * pixel, channels, between + x * channels);
  for (std::size_t x = 0; x < columns; ++x) {
    const float* const here = between + x * channels;
    const float* const left = x == 0 ? here : here - channels;
    const float* const right = x + 1 == columns ? here : here + channels;
    blend(here, left, channels, to + 2 * x * channels);
    blend(here, right, channels, to + (2 * x + 1) * channels);
  }
}

/// x becomes out * tanh(in * x) + shift.
inline void hyperbolic_tangent(float* values, std::size_t count, float in, float out, float shift) {
  const Floats d;
  const auto changed = [&](Vector x) HWY_ATTR {
    return hn::MulAdd(hn::Tanh(d, hn::Mul(x, hn::Set(d, in))), hn::Set(d, out), hn::Set(d, shift));
  };
  std::size_t at = 0;
  for (; at + lanes <= count; at += lanes) hn::StoreU(changed(hn::LoadU(d, values + at)), d, values + at);
  if (at < count) store_some(changed(load_some(values + at, count - at)), values + at, count - at);
}

}  // namespace HWY_NAMESPACE
}  // namespace cspgan::kernels
HWY_AFTER_NAMESPACE();
