// The packed weight is [phases of rows][phases of columns][blocks of `to`][taps of the phase * from][width].
#include "kernels/direct_convolution.hpp"

#include <algorithm>
#include <cstring>

#include "kernels/workspace.hpp"

namespace cspgan::kernels {
namespace {

constexpr std::size_t pixels_at_a_time = 4;               // pixels that a thread copies at a time
constexpr std::size_t pixel_padding = cache_line_floats;  // else a power of two apart, sharing the cache's sets

/// Outputs (row + phases * i, column + phases * j), i < rows, j < columns.
struct Phase {
  std::size_t row = 0;
  std::size_t column = 0;
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t depth = 0;   // taps * from
  std::size_t packed = 0;  // offset of its weight
  std::size_t inputs = 0;  // offset of its pixels' inputs
  std::vector<PhaseTap> row_taps{};
  std::vector<PhaseTap> column_taps{};
};

std::vector<Phase> phases_of(const Geometry& g, std::size_t from, std::size_t padded_to, std::size_t images,
                             std::size_t height, std::size_t width) {
  std::vector<Phase> phases;
  std::size_t packed = 0;
  std::size_t inputs = 0;
  for (std::size_t row = 0; row < g.phases(); ++row)
    for (std::size_t column = 0; column < g.phases(); ++column) {
      Phase phase{.row = row,
                  .column = column,
                  .rows = height > row ? divide_up(height - row, g.phases()) : 0,
                  .columns = width > column ? divide_up(width - column, g.phases()) : 0,
                  .packed = packed,
                  .inputs = inputs,
                  .row_taps = taps_of_phase(g, row),
                  .column_taps = taps_of_phase(g, column)};
      phase.depth = phase.row_taps.size() * phase.column_taps.size() * from;
      packed += phase.depth * padded_to;
      inputs += images * phase.rows * phase.columns * (phase.depth + pixel_padding);
      phases.push_back(std::move(phase));
    }
  return phases;
}

/// All inputs of one output pixel, tap after tap.
void gather(const Geometry& g, const Phase& phase, const ImageView& input, std::size_t image, std::size_t i,
            std::size_t j, float* to) {
  const auto from = static_cast<std::size_t>(input.channels);
  for (const PhaseTap& r : phase.row_taps)
    for (const PhaseTap& s : phase.column_taps) {
      const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(i * g.input_step()) + r.offset;
      const std::ptrdiff_t column = static_cast<std::ptrdiff_t>(j * g.input_step()) + s.offset;
      if (row < 0 || column < 0 || row >= input.height || column >= input.width)
        std::memset(to, 0, from * sizeof(float));
      else
        std::memcpy(
            to, input.data + static_cast<std::ptrdiff_t>(image) * input.image + row * input.row + column * input.pixel,
            from * sizeof(float));
      to += from;
    }
}

}  // namespace

std::size_t packed_floats(const Geometry& geometry, std::size_t from, std::size_t to) {
  return geometry.kernel * geometry.kernel * from * round_up(to, table().width);
}

void pack(const Geometry& geometry, const WeightView& weight, std::size_t from, std::size_t to, float* packed) {
  const std::size_t width = table().width;
  for (const Phase& phase : phases_of(geometry, from, round_up(to, width), 0, 0, 0))
    for (std::size_t block = 0; block < divide_up(to, width); ++block)
      for (const PhaseTap& r : phase.row_taps)
        for (const PhaseTap& s : phase.column_taps) {
          pack_tap(weight.tap(r.k, s.k) + static_cast<std::ptrdiff_t>(block * width) * weight.to, weight.from,
                   weight.to, from, std::min(width, to - block * width), width, packed);
          packed += from * width;
        }
}

void convolve_directly(const Geometry& g, const ImageView& input, const float* packed, const ImageView& output,
                       std::size_t images, const Epilogue& epilogue) {
  const Table& kernels = table();
  const std::size_t width = kernels.width;
  const auto to = static_cast<std::size_t>(output.channels);
  const std::size_t blocks = divide_up(to, width);
  const std::vector<Phase> phases =
      phases_of(g, static_cast<std::size_t>(input.channels), blocks * width, images,
                static_cast<std::size_t>(output.height), static_cast<std::size_t>(output.width));
  const Phase& largest = phases.front();
  const Phase& last = phases.back();
  const std::size_t pixels = images * largest.rows * largest.columns;
  const std::size_t input_floats =
      round_up(last.inputs + images * last.rows * last.columns * (last.depth + pixel_padding), cache_line_floats);
  const std::size_t threads = thread_count();
  float* inputs = workspace(input_floats + threads * pixels * width);
  float* memory = inputs + input_floats;

  const std::size_t pieces = divide_up(pixels, pixels_at_a_time);
  share_tasks(phases.size() * pieces, threads, [&](std::size_t task, std::size_t) {
    const Phase& phase = phases[task / pieces];
    const std::size_t count = images * phase.rows * phase.columns;
    for (std::size_t p = task % pieces * pixels_at_a_time; p < std::min((task % pieces + 1) * pixels_at_a_time, count);
         ++p)
      gather(g, phase, input, p / (phase.rows * phase.columns), p / phase.columns % phase.rows, p % phase.columns,
             inputs + phase.inputs + p * (phase.depth + pixel_padding));
  });

  share_tasks(phases.size() * blocks, threads, [&](std::size_t task, std::size_t thread) {
    const Phase& phase = phases[task / blocks];
    const std::size_t channel = task % blocks * width;
    const std::size_t count = images * phase.rows * phase.columns;
    if (count == 0) return;
    float* sums = memory + thread * pixels * width;
    const float* weight = packed + phase.packed + channel * phase.depth;
    if (phase.depth == 0) std::memset(sums, 0, count * width * sizeof(float));  // a stride beyond the kernel
    for (std::size_t done = 0; done < phase.depth; done += longest_sum_of_channels)
      kernels.multiply({.a = inputs + phase.inputs + done,
                        .a_row = static_cast<std::ptrdiff_t>(phase.depth + pixel_padding),
                        .a_depth = 1,
                        .b = weight + done * width,
                        .b_depth = static_cast<std::ptrdiff_t>(width),
                        .c = sums,
                        .c_row = static_cast<std::ptrdiff_t>(width),
                        .rows = count,
                        .depth = std::min(longest_sum_of_channels, phase.depth - done),
                        .block = longest_sum_of_channels,
                        .accumulate = done > 0,
                        .next_b = weight + (done + longest_sum_of_channels) * width});
    for (std::size_t p = 0; p < count; ++p) {
      const std::size_t row = phase.row + p / phase.columns % phase.rows * g.phases();
      const std::size_t column = phase.column + p % phase.columns * g.phases();
      kernels.finish_pixel(sums + p * width, epilogue, channel, std::min(width, to - channel),
                           output.data + static_cast<std::ptrdiff_t>(p / (phase.rows * phase.columns)) * output.image +
                               static_cast<std::ptrdiff_t>(row) * output.row +
                               static_cast<std::ptrdiff_t>(column) * output.pixel +
                               static_cast<std::ptrdiff_t>(channel));
    }
  });
}

}  // namespace cspgan::kernels
