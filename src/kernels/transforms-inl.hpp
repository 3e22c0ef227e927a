// The transforms of the fast algorithms. Included once for each instruction set.
#pragma once

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <cstring>
#include <utility>

#include "kernels/table.hpp"
#include "kernels/winograd.hpp"

HWY_BEFORE_NAMESPACE();
namespace cspgan::kernels {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, 16>;
using Vector = hn::Vec<Floats>;
inline constexpr std::size_t lanes = hn::MaxLanes(Floats());
inline constexpr std::size_t vectors_of_block = 2;
inline constexpr std::size_t block_width = vectors_of_block * lanes;

/// `count` < lanes floats, zeros behind them.
HWY_INLINE Vector load_some(const float* from, std::size_t count) {
  HWY_ALIGN float buffer[lanes] = {};
  std::memcpy(buffer, from, count * sizeof(float));
  return hn::Load(Floats(), buffer);
}
HWY_INLINE void store_some(Vector values, float* to, std::size_t count) {
  HWY_ALIGN float buffer[lanes];
  hn::Store(values, Floats(), buffer);
  std::memcpy(to, buffer, count * sizeof(float));
}

/// value, or slope value below zero; NaN stays NaN.
HWY_INLINE Vector activated(Vector value, Vector slope) {
  return hn::IfThenElse(hn::Lt(value, hn::Zero(Floats())), hn::Mul(value, slope), value);
}

/// Whether row `second` is row `first` with the signs of every other column flipped: then both come from the same two
/// partial sums, their sum and their difference.
template <class M>
constexpr bool mirrored(const M& matrix, std::size_t first, std::size_t second) {
  std::size_t entries = 0;
  for (std::size_t k = 0; k < M::columns; ++k) {
    if (matrix(first, k) != (k % 2 == 0 ? 1 : -1) * matrix(second, k)) return false;
    entries += matrix(first, k) != 0;
  }
  return entries > 2;
}

/// sum over k of entries(row, k) * in(k), for the columns k of the given parity (2: all); zero entries cost nothing.
template <auto kMatrix, std::size_t kRow, std::size_t kParity, std::size_t k, class In>
HWY_INLINE Vector combine_from(Vector sum, const In& in) {
  if constexpr (k == decltype(kMatrix)::columns) {
    return sum;
  } else {
    constexpr double entry = kMatrix(kRow, k);
    if constexpr (entry == 0 || (kParity < 2 && k % 2 != kParity))
      return combine_from<kMatrix, kRow, kParity, k + 1>(sum, in);
    else if constexpr (entry == 1)
      return combine_from<kMatrix, kRow, kParity, k + 1>(hn::Add(sum, in(k)), in);
    else if constexpr (entry == -1)
      return combine_from<kMatrix, kRow, kParity, k + 1>(hn::Sub(sum, in(k)), in);
    else
      return combine_from<kMatrix, kRow, kParity, k + 1>(
          hn::MulAdd(hn::Set(Floats(), static_cast<float>(entry)), in(k), sum), in);
  }
}
template <auto kMatrix, std::size_t kRow, std::size_t kParity, std::size_t k = 0, class In>
HWY_INLINE Vector combine(const In& in) {
  if constexpr (k == decltype(kMatrix)::columns) {
    return hn::Zero(Floats());
  } else {
    constexpr double entry = kMatrix(kRow, k);
    if constexpr (entry == 0 || (kParity < 2 && k % 2 != kParity))
      return combine<kMatrix, kRow, kParity, k + 1>(in);
    else if constexpr (entry == 1)
      return combine_from<kMatrix, kRow, kParity, k + 1>(in(k), in);
    else
      return combine_from<kMatrix, kRow, kParity, k + 1>(hn::Mul(hn::Set(Floats(), static_cast<float>(entry)), in(k)),
                                                         in);
  }
}

/// out(row, kMatrix row * in) for all rows.
template <auto kMatrix, std::size_t kRow = 0, class In, class Out>
HWY_INLINE void multiply_rows(const In& in, const Out& out) {
  if constexpr (kRow < decltype(kMatrix)::rows) {
    constexpr bool pair = kRow + 1 < decltype(kMatrix)::rows && mirrored(kMatrix, kRow, kRow + 1);
    if constexpr (pair) {
      const Vector even = combine<kMatrix, kRow, 0>(in);
      const Vector odd = combine<kMatrix, kRow, 1>(in);
      out(kRow, hn::Add(even, odd));
      out(kRow + 1, hn::Sub(even, odd));
    } else {
      out(kRow, combine<kMatrix, kRow, 2>(in));
    }
    multiply_rows<kMatrix, kRow + (pair ? 2 : 1)>(in, out);
  }
}

/// The additions of fold().
template <auto kPair, std::size_t c = 0>
HWY_INLINE void add_pairs(Vector* values) {
  if constexpr (c < kPair.size()) {
    if constexpr (kPair[c]) {
      const Vector first = values[c];
      values[c] = hn::Add(first, values[c + 1]);
      values[c + 1] = hn::Sub(first, values[c + 1]);
    }
    add_pairs<kPair, c + 1>(values);
  }
}

/// out(i, j, value) for each entry of kMatrix in kMatrix^T; in(r, s) is called once for each entry.
template <auto kMatrix, class In, class Out>
HWY_INLINE void sandwich(const In& in, const Out& out) {
  using M = decltype(kMatrix);
  static constexpr auto folded = fold(kMatrix);
  Vector half[M::rows][M::columns];
#pragma GCC unroll 16  // rolled up, half of the time goes into addresses
  for (std::size_t s = 0; s < M::columns; ++s) {
    Vector column[M::columns];
#pragma GCC unroll 16
    for (std::size_t r = 0; r < M::columns; ++r) column[r] = in(r, s);
    add_pairs<folded.pair>(column);
    multiply_rows<folded.matrix>([&](std::size_t r) HWY_ATTR { return column[r]; },
                                 [&](std::size_t i, Vector value) HWY_ATTR { half[i][s] = value; });
  }
#pragma GCC unroll 16
  for (std::size_t i = 0; i < M::rows; ++i) {
    add_pairs<folded.pair>(half[i]);
    multiply_rows<folded.matrix>([&](std::size_t s) HWY_ATTR { return half[i][s]; },
                                 [&](std::size_t j, Vector value) HWY_ATTR { out(i, j, value); });
  }
}

/// Where a tile begins in an image, and whether its `size` x `size` pixels all lie inside.
struct Place {
  std::ptrdiff_t row;
  std::ptrdiff_t column;
  float* data;  // of pixel (row, column), which may lie outside
  bool inside;
};
inline Place place_of(const ImageView& image, const TileRange& tiles, std::size_t tile, std::ptrdiff_t step,
                      std::ptrdiff_t start, std::size_t size) {
  const std::size_t of_image = tiles.rows * tiles.columns;
  const std::size_t number = tiles.first + tile;
  Place place{};
  place.row = static_cast<std::ptrdiff_t>(number % of_image / tiles.columns) * step + start;
  place.column = static_cast<std::ptrdiff_t>(number % tiles.columns) * step + start;
  place.data = image.data + static_cast<std::ptrdiff_t>(number / of_image) * image.image + place.row * image.row +
               place.column * image.pixel;
  const auto extent = static_cast<std::ptrdiff_t>(size);
  place.inside =
      place.row >= 0 && place.column >= 0 && place.row + extent <= image.height && place.column + extent <= image.width;
  return place;
}

/// kMatrix d kMatrix^T of the windows d of an image; pixels outside are zeros.
template <auto kMatrix>
void gather(const ImageView& image, const TileRange& tiles, const BlockRange& blocks, const Panels& panels,
            std::ptrdiff_t step, std::ptrdiff_t start) {
  constexpr std::size_t size = decltype(kMatrix)::columns;
  const Floats d;
  const std::ptrdiff_t ahead = 2 * step * image.pixel;  // the caches' own prefetching does not see this pattern
  for (std::size_t tile = 0; tile < tiles.count; ++tile) {
    const Place place = place_of(image, tiles, tile, step, start, size);
    const auto within = [&](std::size_t r, std::size_t s) {
      const std::ptrdiff_t row = place.row + static_cast<std::ptrdiff_t>(r);
      const std::ptrdiff_t column = place.column + static_cast<std::ptrdiff_t>(s);
      return row >= 0 && row < image.height && column >= 0 && column < image.width;
    };
    for (std::size_t block = blocks.first; block < blocks.end; ++block)
      for (std::size_t v = 0; v < vectors_of_block; ++v) {
        const std::ptrdiff_t channel = static_cast<std::ptrdiff_t>(block * block_width + v * lanes);
        const std::ptrdiff_t left = image.channels - channel;
        float* to = panels.data + static_cast<std::ptrdiff_t>(block - blocks.first) * panels.block_stride +
                    static_cast<std::ptrdiff_t>(tile * block_width + v * lanes);
        const float* from = place.data + channel;
        const auto pixel = [&](std::size_t r, std::size_t s) HWY_ATTR {
          return from + static_cast<std::ptrdiff_t>(r) * image.row + static_cast<std::ptrdiff_t>(s) * image.pixel;
        };
        const auto store = [&](std::size_t, std::size_t, Vector value) HWY_ATTR {  // called in the positions' order
          hn::Store(value, d, to);
          to += panels.position_stride;
        };
        HWY_ALIGN static constexpr float zeros[lanes] = {};
        if (left < static_cast<std::ptrdiff_t>(lanes)) {
          const auto some = static_cast<std::size_t>(HWY_MAX(left, 0));
          sandwich<kMatrix>([&](std::size_t r, std::size_t s)
                                HWY_ATTR { return within(r, s) ? load_some(pixel(r, s), some) : hn::Zero(d); },
                            store);
        } else if (place.inside) {
          const float* at = nullptr;
          sandwich<kMatrix>(
              [&](std::size_t r, std::size_t s) HWY_ATTR {
                at = r == 0 ? pixel(0, s) : at + image.row;  // called column by column
                hwy::Prefetch(at + ahead);
                return hn::LoadU(d, at);
              },
              store);
        } else {
          sandwich<kMatrix>([&](std::size_t r, std::size_t s)
                                HWY_ATTR { return hn::LoadU(d, within(r, s) ? pixel(r, s) : zeros); },
                            store);
        }
      }
  }
}

template <const auto& kAlgorithm>
void gather_input(const ImageView& image, const TileRange& tiles, const BlockRange& blocks, const Panels& panels) {
  gather<kAlgorithm.input>(image, tiles, blocks, panels, kAlgorithm.step, kAlgorithm.start);
}

template <const auto& kAlgorithm>
void gather_gradient(const ImageView& image, const TileRange& tiles, const BlockRange& blocks, const Panels& panels) {
  gather<transposed(kAlgorithm.output)>(image, tiles, blocks, panels, kAlgorithm.outputs, 0);
}

template <const auto& kAlgorithm>
void scatter_output(const Panels& panels, const ImageView& image, const TileRange& tiles, const BlockRange& blocks,
                    const Epilogue& epilogue) {
  constexpr std::size_t outputs = kAlgorithm.outputs;
  constexpr std::size_t products = kAlgorithm.products;
  const Floats d;
  const Vector slope = hn::Set(d, epilogue.slope);
  const std::ptrdiff_t ahead = static_cast<std::ptrdiff_t>(outputs) * image.pixel;
  for (std::size_t tile = 0; tile < tiles.count; ++tile) {
    const Place place = place_of(image, tiles, tile, outputs, 0, outputs);
    for (std::size_t block = blocks.first; block < blocks.end; ++block)
      for (std::size_t v = 0; v < vectors_of_block; ++v) {
        const std::ptrdiff_t channel = static_cast<std::ptrdiff_t>(block * block_width + v * lanes);
        const std::ptrdiff_t left = image.channels - channel;
        if (left <= 0) continue;
        const bool whole = left >= static_cast<std::ptrdiff_t>(lanes);
        const float* from = panels.data + static_cast<std::ptrdiff_t>(block - blocks.first) * panels.block_stride +
                            static_cast<std::ptrdiff_t>(tile * block_width + v * lanes);
        float* to = place.data + channel;
        const Vector bias = epilogue.bias == nullptr ? hn::Zero(d)
                            : whole                  ? hn::LoadU(d, epilogue.bias + channel)
                                    : load_some(epilogue.bias + channel, static_cast<std::size_t>(left));
        const auto load = [&](std::size_t i, std::size_t j) HWY_ATTR {
          return hn::Load(d, from + static_cast<std::ptrdiff_t>(i * products + j) * panels.position_stride);
        };
        const auto finish = [&](Vector value) HWY_ATTR { return activated(hn::Add(value, bias), slope); };
        if (place.inside && whole) {
          sandwich<kAlgorithm.output>(load, [&](std::size_t i, std::size_t j, Vector value) HWY_ATTR {
            float* pixel =
                to + static_cast<std::ptrdiff_t>(i) * image.row + static_cast<std::ptrdiff_t>(j) * image.pixel;
            __builtin_prefetch(pixel + ahead, 1);
            hn::StoreU(finish(value), d, pixel);
          });
        } else {
          sandwich<kAlgorithm.output>(load, [&](std::size_t i, std::size_t j, Vector value) HWY_ATTR {
            const auto row = static_cast<std::ptrdiff_t>(i);
            const auto column = static_cast<std::ptrdiff_t>(j);
            if (place.row + row >= image.height || place.column + column >= image.width) return;
            store_some(finish(value), to + row * image.row + column * image.pixel,
                       whole ? lanes : static_cast<std::size_t>(left));
          });
        }
      }
  }
}

/// kMatrix w kMatrix^T of each lane of [columns^2][rows][width].
template <auto kMatrix>
void transform_taps(const float* from, std::ptrdiff_t from_stride, std::size_t rows, float* to,
                    std::ptrdiff_t to_stride) {
  const Floats d;
  for (std::size_t at = 0; at < rows * block_width; at += lanes)
    sandwich<kMatrix>(
        [&](std::size_t r, std::size_t s) HWY_ATTR {
          return hn::Load(d, from + at + static_cast<std::ptrdiff_t>(r * decltype(kMatrix)::columns + s) * from_stride);
        },
        [&](std::size_t i, std::size_t j, Vector value) HWY_ATTR {
          hn::Store(value, d, to + at + static_cast<std::ptrdiff_t>(i * decltype(kMatrix)::rows + j) * to_stride);
        });
}

template <const auto& kAlgorithm>
void transform_weight(const float* taps, std::size_t rows, float* weights, std::ptrdiff_t position_stride) {
  transform_taps<kAlgorithm.weight>(taps, static_cast<std::ptrdiff_t>(rows * block_width), rows, weights,
                                    position_stride);
}

template <const auto& kAlgorithm>
void transform_gradient(const float* weights, std::ptrdiff_t position_stride, std::size_t rows, float* taps) {
  transform_taps<transposed(kAlgorithm.weight)>(weights, position_stride, rows, taps,
                                                static_cast<std::ptrdiff_t>(rows * block_width));
}

template <const auto& kAlgorithm>
Transforms transforms_of() {
  return {.taps = kAlgorithm.taps,
          .outputs = kAlgorithm.outputs,
          .products = kAlgorithm.products,
          .weights = kAlgorithm.weights,
          .weight_of = kAlgorithm.weight_of.data(),
          .gather_input = gather_input<kAlgorithm>,
          .gather_gradient = gather_gradient<kAlgorithm>,
          .scatter_output = scatter_output<kAlgorithm>,
          .transform_weight = transform_weight<kAlgorithm>,
          .transform_gradient = transform_gradient<kAlgorithm>};
}

}  // namespace HWY_NAMESPACE
}  // namespace cspgan::kernels
HWY_AFTER_NAMESPACE();
