// Passes over the rows [rows][channels] of a tensor in channels_last, and sums over them.
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "kernels/workspace.hpp"

namespace cspgan::kernels {

/// Whether the memory of `images` is rows of a number of channels that the kernels of rows-inl.hpp take.
inline bool has_rows(const at::Tensor& images) {
  return images.device().is_cpu() && images.scalar_type() == at::kFloat && images.dim() == 4 && images.numel() > 0 &&
         images.size(1) % 16 == 0 && images.is_contiguous(at::MemoryFormat::ChannelsLast) && !images.is_neg() &&
         !images._is_zerotensor();
}

struct Shape {
  std::size_t rows;
  std::size_t channels;
  explicit Shape(const at::Tensor& images)
      : rows(static_cast<std::size_t>(images.numel() / images.size(1))),
        channels(static_cast<std::size_t>(images.size(1))) {}
};

inline constexpr std::size_t rows_at_once = 128;  // few enough that sums of floats keep their digits

/// Calls work(first row, rows) for all rows in pieces, on all threads.
template <class Work>
void in_pieces(std::size_t rows, const Work& work) {
  share_tasks(divide_up(rows, rows_at_once), thread_count(), [&](std::size_t piece, std::size_t) {
    work(piece * rows_at_once, std::min(rows_at_once, rows - piece * rows_at_once));
  });
}

/// Sums over all rows of the `count` values that sum(first row, rows, values) gives; the same bits for any number of
/// threads. The last rows come first, since they are still in the cache; the next pass then finds the first rows
/// there.
template <class Sum>
std::vector<double> sums_of(std::size_t rows, std::size_t count, const Sum& sum) {
  const std::size_t pieces = divide_up(rows, rows_at_once);
  std::vector<float> parts(pieces * count);
  share_tasks(pieces, thread_count(), [&](std::size_t task, std::size_t) {
    const std::size_t piece = pieces - 1 - task;
    const std::size_t first = piece * rows_at_once;
    sum(first, std::min(rows_at_once, rows - first), parts.data() + piece * count);
  });
  std::vector<double> sums(count);
  for (std::size_t piece = 0; piece < pieces; ++piece)
    for (std::size_t i = 0; i < count; ++i) sums[i] += parts[piece * count + i];
  return sums;
}

}  // namespace cspgan::kernels
