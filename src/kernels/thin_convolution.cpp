// Two ways to keep the product's vectors full for images with three channels.
//
// To a thin output: each input pixel is multiplied with all taps at once, [pixels, from] x [from, taps * to], and each
// output pixel then sums what its taps have made. The gradient of the weight from a thin input: for a row of taps and
// its channels, [taps * from, pixels] x [pixels, to], where pixel p of the first factor is the same memory `stride`
// pixels on.
#include "kernels/thin_convolution.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "kernels/workspace.hpp"

namespace cspgan::kernels {
namespace {

constexpr std::size_t own_products = 200'000;  // floats; of the order of one core's second-level cache
constexpr std::size_t fewest_rows = 4;         // of a task
constexpr std::size_t usual_tasks = 32;
constexpr std::size_t product_pixels = 56;  // whose channels stay in the first-level cache

/// Where the products of a tap stand: no tap is cut in two by the end of a block.
struct Slots {
  std::size_t of_block;
  std::size_t blocks;

  Slots(std::size_t taps, std::size_t channels, std::size_t width)
      : of_block(width / channels), blocks(divide_up(taps, of_block)) {}
};

}  // namespace

void convolve_to_thin(const Geometry& g, const ImageView& input, const WeightView& weight, const ImageView& output,
                      std::size_t images, const Epilogue& epilogue) {
  const Table& kernels = table();
  const std::size_t width = kernels.width;
  const auto from = static_cast<std::size_t>(input.channels);
  const auto to = static_cast<std::size_t>(output.channels);
  const auto rows = static_cast<std::size_t>(input.height);
  const auto columns = static_cast<std::size_t>(input.width);
  const std::size_t phases = g.phases();
  const Slots slots(g.kernel * g.kernel, to, width);

  // A task is a number of rows of an image, counted in steps of `phases` output rows.
  std::vector<std::vector<PhaseTap>> taps;
  std::ptrdiff_t before = 0;  // input rows needed above the first and below the last
  std::ptrdiff_t behind = 0;
  for (std::size_t phase = 0; phase < phases; ++phase) {
    taps.push_back(taps_of_phase(g, phase));
    for (const PhaseTap& tap : taps.back()) {
      before = std::max(before, -tap.offset);
      behind = std::max(behind, tap.offset);
    }
  }
  const auto halo = static_cast<std::size_t>(before + behind);
  const std::size_t steps = divide_up(static_cast<std::size_t>(output.height), phases);
  const std::size_t of_row = slots.blocks * columns * width;
  const std::size_t most_rows = std::max(own_products / of_row, halo + 1) - halo;
  const std::size_t task_rows =
      std::min({most_rows, std::max(divide_up(images * steps, usual_tasks), fewest_rows), steps});
  const std::size_t image_tasks = divide_up(steps, task_rows);
  const std::size_t block_floats = (task_rows + halo) * columns * width;
  // The last product is read with its neighbors.
  const std::size_t own_floats = round_up(slots.blocks * block_floats + most_thin_channels, cache_line_floats);
  const std::size_t threads = thread_count();
  float* packed = workspace(slots.blocks * from * width + threads * own_floats);
  float* memory = packed + slots.blocks * from * width;

  std::memset(packed, 0, slots.blocks * from * width * sizeof(float));
  for (std::size_t tap = 0; tap < g.kernel * g.kernel; ++tap) {
    const float* values = weight.tap(tap / g.kernel, tap % g.kernel);
    float* to_slot = packed + tap / slots.of_block * from * width + tap % slots.of_block * to;
    for (std::size_t row = 0; row < from; ++row)
      for (std::size_t column = 0; column < to; ++column)
        to_slot[row * width + column] =
            values[static_cast<std::ptrdiff_t>(row) * weight.from + static_cast<std::ptrdiff_t>(column) * weight.to];
  }

  share_tasks(images * image_tasks, threads, [&](std::size_t task, std::size_t thread) {
    const std::size_t image = task / image_tasks;
    const std::size_t first = task % image_tasks * task_rows;
    const std::size_t end = std::min(first + task_rows, steps);
    const std::ptrdiff_t first_input = std::max<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(first) - before, 0);
    const std::ptrdiff_t end_input = std::min(static_cast<std::ptrdiff_t>(end) + behind, input.height);
    float* products = memory + thread * own_floats;
    const std::size_t pixels =
        end_input > first_input ? static_cast<std::size_t>(end_input - first_input) * columns : 0;
    const float* of_pixels = input.data + static_cast<std::ptrdiff_t>(image) * input.image + first_input * input.row;
    for (std::size_t pixel = 0; pixel < pixels; pixel += product_pixels)
      for (std::size_t block = 0; block < slots.blocks; ++block)
        for (std::size_t done = 0; done < from; done += longest_sum_of_channels) {
          const float* a = of_pixels + static_cast<std::ptrdiff_t>(pixel) * input.pixel + done;
          kernels.multiply(
              {.a = a,
               .a_row = input.pixel,
               .a_depth = 1,
               .b = packed + (block * from + done) * width,
               .b_depth = static_cast<std::ptrdiff_t>(width),
               .c = products + block * block_floats + pixel * width,
               .c_row = static_cast<std::ptrdiff_t>(width),
               .rows = std::min(product_pixels, pixels - pixel),
               .depth = std::min(longest_sum_of_channels, from - done),
               .block = longest_sum_of_channels,
               .accumulate = done > 0,
               .next_a = block == 0 ? a + static_cast<std::ptrdiff_t>(product_pixels) * input.pixel : nullptr});
        }

    std::vector<Tap> of_row_taps;
    for (std::size_t y = first * phases; y < std::min(end * phases, static_cast<std::size_t>(output.height)); ++y) {
      TapSums sums{.phases = phases,
                   .channels = to,
                   .columns = static_cast<std::size_t>(output.width),
                   .product_columns = columns};
      std::array<std::size_t, most_phases + 1> counts{};
      of_row_taps.clear();
      for (std::size_t phase = 0; phase < phases; ++phase) {
        for (const PhaseTap& r : taps[y % phases]) {
          const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(y / phases) + r.offset;
          if (row < 0 || row >= static_cast<std::ptrdiff_t>(rows)) continue;
          for (const PhaseTap& s : taps[phase]) {
            const std::size_t tap = r.k * g.kernel + s.k;
            of_row_taps.push_back({products + tap / slots.of_block * block_floats +
                                       static_cast<std::size_t>(row - first_input) * columns * width +
                                       tap % slots.of_block * to,
                                   s.offset});
          }
        }
        counts[phase + 1] = of_row_taps.size();
      }
      for (std::size_t phase = 0; phase <= phases; ++phase) sums.first[phase] = of_row_taps.data() + counts[phase];
      kernels.sum_taps(
          sums, epilogue,
          output.data + static_cast<std::ptrdiff_t>(image) * output.image + static_cast<std::ptrdiff_t>(y) * output.row,
          output.pixel);
    }
  });
}

void thin_weight_gradient(const Geometry& g, const ImageView& thin, const ImageView& output_gradient,
                          std::size_t images, const WeightView& gradient) {
  const Table& kernels = table();
  const std::size_t width = kernels.width;
  const auto from = static_cast<std::size_t>(thin.channels);
  const auto to = static_cast<std::size_t>(output_gradient.channels);
  const std::size_t to_blocks = divide_up(to, width);
  const auto rows = static_cast<std::size_t>(output_gradient.height);
  const auto columns = static_cast<std::size_t>(output_gradient.width);

  // A task is a number of rows of an image; not by the number of threads, which is to change no bit of the result.
  const std::size_t task_rows = std::min(rows, std::max(divide_up(images * rows, usual_tasks), fewest_rows));
  const std::size_t image_tasks = divide_up(rows, task_rows);
  const std::size_t tasks = images * image_tasks;
  const std::size_t groups = std::min(tasks, usual_tasks);  // of tasks, whose sums are added by one thread in order
  const std::size_t padded_row = ((columns - 1) * g.stride + g.kernel) * from;
  const std::size_t padded_rows = (task_rows - 1) * g.stride + g.kernel;
  const std::size_t row_taps = g.kernel * from;
  const std::size_t sum_floats = to_blocks * g.kernel * row_taps * width;
  const std::size_t padded_floats = round_up(padded_rows * padded_row, cache_line_floats);
  const std::size_t own_floats = padded_floats + longest_sum_of_pixels * width;
  const std::size_t threads = thread_count();
  float* all_sums = workspace(groups * sum_floats + threads * own_floats);
  float* memory = all_sums + groups * sum_floats;
  const std::size_t runs = divide_up(columns, longest_sum_of_pixels);

  share_tasks(groups, threads, [&](std::size_t group, std::size_t thread) {
    float* sums = all_sums + group * sum_floats;
    float* padded = memory + thread * own_floats;
    float* last_block = padded + padded_floats;  // of a run of pixels, if it is not whole: with zeros behind
    std::memset(sums, 0, sum_floats * sizeof(float));
    if (to % width != 0) std::memset(last_block, 0, longest_sum_of_pixels * width * sizeof(float));
    for (std::size_t task = tasks * group / groups; task < tasks * (group + 1) / groups; ++task) {
      const std::size_t image = task / image_tasks;
      const std::size_t first = task % image_tasks * task_rows;
      const std::size_t end = std::min(first + task_rows, rows);
      // The rows of the thin image with zeros around them.
      std::memset(padded, 0, padded_rows * padded_row * sizeof(float));
      for (std::size_t r = 0; r < (end - first - 1) * g.stride + g.kernel; ++r) {
        const auto y = static_cast<std::ptrdiff_t>(first * g.stride + r) - static_cast<std::ptrdiff_t>(g.padding);
        if (y < 0 || y >= thin.height) continue;
        const float* pixels = thin.data + static_cast<std::ptrdiff_t>(image) * thin.image + y * thin.row;
        const std::size_t count = std::min(static_cast<std::size_t>(thin.width), padded_row / from - g.padding);
        float* target = padded + r * padded_row + g.padding * from;
        if (thin.pixel == thin.channels)
          std::memcpy(target, pixels, count * from * sizeof(float));
        else
          for (std::size_t x = 0; x < count; ++x)
            std::memcpy(target + x * from, pixels + static_cast<std::ptrdiff_t>(x) * thin.pixel, from * sizeof(float));
      }
      for (std::size_t y = first; y < end; ++y)
        for (std::size_t run = 0; run < runs; ++run) {
          const std::size_t begin = columns * run / runs;
          const std::size_t count = columns * (run + 1) / runs - begin;
          const float* of_output = output_gradient.data + static_cast<std::ptrdiff_t>(image) * output_gradient.image +
                                   static_cast<std::ptrdiff_t>(y) * output_gradient.row +
                                   static_cast<std::ptrdiff_t>(begin) * output_gradient.pixel;
          for (std::size_t block = 0; block < to_blocks; ++block) {
            const std::size_t channels = std::min(width, to - block * width);
            const bool whole = channels == width;
            for (std::size_t x = 0; x < count && !whole; ++x)
              std::memcpy(last_block + x * width,
                          of_output + static_cast<std::ptrdiff_t>(x) * output_gradient.pixel + block * width,
                          channels * sizeof(float));
            for (std::size_t r = 0; r < g.kernel; ++r)
              kernels.multiply(
                  {.a = padded + ((y - first) * g.stride + r) * padded_row + begin * g.stride * from,
                   .a_row = 1,
                   .a_depth = static_cast<std::ptrdiff_t>(g.stride * from),
                   .b = whole ? of_output + block * width : last_block,
                   .b_depth = whole ? output_gradient.pixel : static_cast<std::ptrdiff_t>(width),
                   .c = sums + (block * g.kernel + r) * row_taps * width,
                   .c_row = static_cast<std::ptrdiff_t>(width),
                   .rows = row_taps,
                   .depth = count,
                   .block = count,
                   .accumulate = true,
                   .next_b =
                       r == 0 ? of_output + static_cast<std::ptrdiff_t>(count) * output_gradient.pixel + block * width
                              : nullptr});
          }
        }
    }
  });

  for (std::size_t group = 1; group < groups; ++group)
    for (std::size_t i = 0; i < sum_floats; ++i) all_sums[i] += all_sums[group * sum_floats + i];
  const float* sum = all_sums;
  for (std::size_t block = 0; block < to_blocks; ++block)
    for (std::size_t r = 0; r < g.kernel; ++r)
      for (std::size_t s = 0; s < g.kernel; ++s)
        for (std::size_t channel = 0; channel < from; ++channel, sum += width)
          for (std::size_t i = 0; i < std::min(width, to - block * width); ++i)
            gradient.tap(r, s)[static_cast<std::ptrdiff_t>(channel) * gradient.from +
                               static_cast<std::ptrdiff_t>(block * width + i) * gradient.to] = sum[i];
}

}  // namespace cspgan::kernels
