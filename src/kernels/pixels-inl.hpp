// What follows the products of convolutions that are computed pixel by pixel. Included once for each instruction set.
#pragma once

#include <hwy/highway.h>

#include "kernels/table.hpp"
#include "kernels/transforms-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cspgan::kernels {
namespace HWY_NAMESPACE {

/// `count` <= width channels from `channel` on.
inline void finish_pixel(const float* sums, const Epilogue& epilogue, std::size_t channel, std::size_t count,
                         float* to) {
  const Floats d;
  const Vector slope = hn::Set(d, epilogue.slope);
  for (std::size_t first = 0; first < count; first += lanes) {
    const std::size_t some = HWY_MIN(lanes, count - first);
    const Vector bias = epilogue.bias == nullptr ? hn::Zero(d) : load_some(epilogue.bias + channel + first, some);
    const Vector value = activated(hn::Add(hn::LoadU(d, sums + first), bias), slope);
    if (some == lanes)
      hn::StoreU(value, d, to + first);
    else
      store_some(value, to + first, some);
  }
}

inline void sum_taps(const TapSums& sums, const Epilogue& epilogue, float* row, std::ptrdiff_t pixel) {
  const hn::CappedTag<float, most_thin_channels> d;
  constexpr std::size_t part = hn::MaxLanes(hn::CappedTag<float, most_thin_channels>());
  constexpr std::size_t parts = most_thin_channels / part;  // 1, but without any instruction set
  HWY_ALIGN float buffer[most_thin_channels] = {};
  if (epilogue.bias != nullptr) std::memcpy(buffer, epilogue.bias, sums.channels * sizeof(float));
  hn::Vec<decltype(d)> bias[parts];
  hn::Vec<decltype(d)> sum[parts];
  for (std::size_t i = 0; i < parts; ++i) bias[i] = hn::Load(d, buffer + i * part);
  const auto slope = hn::Set(d, epilogue.slope);
  std::size_t phase = 0;
  std::ptrdiff_t column = 0;  // of the products, but for the taps' offsets
  for (std::size_t x = 0; x < sums.columns; ++x) {
    for (std::size_t i = 0; i < parts; ++i) sum[i] = bias[i];
    for (const Tap* tap = sums.first[phase]; tap != sums.first[phase + 1]; ++tap) {
      const std::ptrdiff_t at = column + tap->column;
      if (static_cast<std::size_t>(at) >= sums.product_columns) continue;
      const float* products = tap->products + at * static_cast<std::ptrdiff_t>(block_width);
      for (std::size_t i = 0; i < parts; ++i) sum[i] = hn::Add(sum[i], hn::LoadU(d, products + i * part));
    }
    for (std::size_t i = 0; i < parts; ++i)
      hn::Store(hn::IfThenElse(hn::Lt(sum[i], hn::Zero(d)), hn::Mul(sum[i], slope), sum[i]), d, buffer + i * part);
    std::memcpy(row + static_cast<std::ptrdiff_t>(x) * pixel, buffer, sums.channels * sizeof(float));
    if (++phase == sums.phases) {
      phase = 0;
      ++column;
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace cspgan::kernels
HWY_AFTER_NAMESPACE();
