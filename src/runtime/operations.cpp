// The operators, by the library's kernels if those take them.
#include "runtime/operations.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <vector>

#include "kernels/direct_convolution.hpp"
#include "kernels/fast_convolution.hpp"
#include "kernels/thin_convolution.hpp"
#include "kernels/workspace.hpp"

namespace cspgan::runtime {
namespace {

namespace k = cspgan::kernels;

std::size_t size(std::int64_t number) { return static_cast<std::size_t>(number); }
std::ptrdiff_t step(std::size_t number) { return static_cast<std::ptrdiff_t>(number); }

k::ImageView view_of(const Maps& maps) {
  return {.data = maps.data,
          .image = step(maps.side * maps.side * maps.pixel),
          .row = step(maps.side * maps.pixel),
          .pixel = step(maps.pixel),
          .height = step(maps.side),
          .width = step(maps.side),
          .channels = step(maps.channels)};
}

// ---- Convolutions

/// What all ways to compute one need.
struct Layer {
  k::Geometry geometry{};
  k::WeightView weight{};
  std::size_t from = 0, to = 0;
  std::vector<float> bias{};
  float slope = 1;

  k::Epilogue epilogue() const { return {.bias = bias.data(), .slope = slope}; }
};

/// A convolution of single pixels: one matrix product, rows of `from` numbers by [from, to].
Operation pointwise(const Layer& layer) {
  const std::size_t of_block = k::table().width, blocks = k::divide_up(layer.to, of_block);
  k::AlignedFloats packed(blocks * layer.from * of_block);
  for (std::size_t block = 0; block < blocks; ++block)
    k::pack_tap(layer.weight.data + step(block * of_block) * layer.weight.to, layer.weight.from, layer.weight.to,
                layer.from, std::min(of_block, layer.to - block * of_block), of_block,
                packed.data() + block * layer.from * of_block);
  return [packed = std::move(packed), bias = layer.bias, slope = layer.slope, from = layer.from, to = layer.to](
             const Maps& input, const Maps&, const Maps& output) {
    constexpr std::size_t rows_at_once = 56;  // whose channels stay in the first-level cache
    const k::Table& kernels = k::table();
    const std::size_t width = kernels.width;
    const k::Epilogue epilogue{.bias = bias.data(), .slope = slope};
    float* const sums = k::workspace(rows_at_once * width);
    const std::size_t rows = input.pixels();
    for (std::size_t row = 0; row < rows; row += rows_at_once) {
      const std::size_t count = std::min(rows_at_once, rows - row);
      for (std::size_t channel = 0; channel < to; channel += width) {
        for (std::size_t done = 0; done < from; done += k::longest_sum_of_channels)
          kernels.multiply({.a = input.data + row * input.pixel + done,
                            .a_row = step(input.pixel),
                            .a_depth = 1,
                            .b = packed.data() + channel * from + done * width,
                            .b_depth = step(width),
                            .c = sums,
                            .c_row = step(width),
                            .rows = count,
                            .depth = std::min(k::longest_sum_of_channels, from - done),
                            .block = k::longest_sum_of_channels,
                            .accumulate = done > 0});
        const std::size_t some = std::min(width, to - channel);
        for (std::size_t r = 0; r < count; ++r)
          kernels.finish_pixel(sums + r * width, epilogue, channel, some,
                               output.data + (row + r) * output.pixel + channel);
      }
    }
  };
}

/// From one pixel to kernel x kernel of them: one matrix product, too, since the output's pixels lie side by side.
Operation from_one_pixel(const Layer& layer) {
  const std::size_t kernel = layer.geometry.kernel;
  std::vector<float> weight;
  Layer product{.from = layer.from, .to = kernel * kernel * layer.to, .slope = layer.slope};
  for (std::size_t from = 0; from < layer.from; ++from)
    for (std::size_t tap = 0; tap < kernel * kernel; ++tap)
      for (std::size_t to = 0; to < layer.to; ++to)
        weight.push_back(
            layer.weight.tap(tap / kernel, tap % kernel)[step(from) * layer.weight.from + step(to) * layer.weight.to]);
  for (std::size_t tap = 0; tap < kernel * kernel; ++tap)
    product.bias.insert(product.bias.end(), layer.bias.begin(), layer.bias.end());
  product.weight = {.data = weight.data(), .from = step(product.to), .to = 1};
  return
      [compute = pointwise(product), channels = product.to](const Maps& input, const Maps& second, const Maps& output) {
        compute(input, second, {output.data, output.images, 1, channels, channels});
      };
}

Operation directly(const Layer& layer) {
  k::AlignedFloats packed(k::packed_floats(layer.geometry, layer.from, layer.to));
  k::pack(layer.geometry, layer.weight, layer.from, layer.to, packed.data());
  return [packed = std::move(packed), bias = layer.bias, slope = layer.slope, geometry = layer.geometry](
             const Maps& input, const Maps&, const Maps& output) {
    k::convolve_directly(geometry, view_of(input), packed.data(), view_of(output), input.images,
                         {.bias = bias.data(), .slope = slope});
  };
}

/// To at most four channels.
Operation to_thin(const Layer& layer, std::size_t floats) {
  std::vector<float> taps(layer.weight.data, layer.weight.data + floats);
  return [taps = std::move(taps), layer](const Maps& input, const Maps&, const Maps& output) {
    k::WeightView weight = layer.weight;
    weight.data = const_cast<float*>(taps.data());  // NOLINT: only read
    k::convolve_to_thin(layer.geometry, view_of(input), weight, view_of(output), input.images, layer.epilogue());
  };
}

Operation by_fast_algorithm(const Layer& layer, k::Algorithm algorithm) {
  const std::size_t floats = k::transformed_floats(algorithm, layer.from, layer.to);
  if (floats == 0) return directly(layer);  // a large weight, which few pixels take
  k::AlignedFloats transformed(floats);
  k::transform(algorithm, layer.weight, layer.from, layer.to, transformed.data());
  return [transformed = std::move(transformed), bias = layer.bias, slope = layer.slope, algorithm](
             const Maps& input, const Maps&, const Maps& output) {
    k::convolve(algorithm, view_of(input), transformed.data(), view_of(output), input.images,
                {.bias = bias.data(), .slope = slope});
  };
}

Operation convolution(const PlanNode& n, const Maps& input, const float* weights, float slope) {
  const bool transposed = n.kind == static_cast<int>(Operator::transposed_convolution);
  const std::size_t kernel = size(n.kernel), taps = kernel * kernel, to = size(n.channels), from = input.channels;
  const float* const first = weights + n.weights[0];
  const float* const bias = weights + n.weights[1];
  // [out, in, k, k] or, transposed, [in, out, k, k]
  const k::WeightView plain{.data = const_cast<float*>(first),  // NOLINT: only read
                            .from = step(transposed ? to * taps : taps),
                            .to = step(transposed ? taps : from * taps),
                            .row = step(kernel),
                            .column = 1};
  Layer layer{.geometry = {kernel, size(n.stride), size(n.padding), transposed},
              .weight = plain,
              .from = from,
              .to = to,
              .bias = {bias, bias + to},
              .slope = slope};
  if (transposed && input.side == 1 && n.padding == 0 && n.output_padding == 0) return from_one_pixel(layer);
  if (transposed && n.stride == 1) {  // the same as a convolution with reversed taps
    layer.geometry = {kernel, 1, kernel - 1 - size(n.padding), false};
    layer.weight = plain.turned(kernel);
  }
  if (kernel == 1 && layer.geometry.stride == 1 && n.padding == 0) return pointwise(layer);
  const k::Geometry& g = layer.geometry;
  const auto algorithm = input.side > 1 ? k::algorithm_of(g) : std::nullopt;
  if (!algorithm || from < k::fewest_channels) return directly(layer);
  const bool thin = to <= k::most_thin_channels && to <= k::table().width && (g.transposed || g.stride == 1);
  // A reversed weight's view begins at its last tap.
  if (thin && layer.weight.data == plain.data) return to_thin(layer, from * to * taps);
  return to >= k::fewest_channels ? by_fast_algorithm(layer, *algorithm) : directly(layer);
}

// ---- The rest

float activated(float x, float slope) { return x < 0 ? x * slope : x; }

/// f(the channels of a pixel of the input, those of the output) for each pixel.
template <class Function>
void for_pixels(const Maps& input, const Maps& output, const Function& f) {
  for (std::size_t pixel = 0; pixel < output.pixels(); ++pixel)
    f(input.data + pixel * input.pixel, output.data + pixel * output.pixel);
}

Operation scale_shift(const PlanNode& n, const float* weights, float slope) {
  const std::size_t channels = size(n.channels);
  // The kernel takes a multiple of 16 channels: so many pixels count as one.
  const std::size_t pixels = 16 / std::gcd(channels, std::size_t{16});
  std::vector<float> scale, shift;
  for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
    scale.insert(scale.end(), weights + n.weights[0], weights + n.weights[0] + channels);
    shift.insert(shift.end(), weights + n.weights[1], weights + n.weights[1] + channels);
  }
  return [=, scale = std::move(scale), shift = std::move(shift)](const Maps& input, const Maps&, const Maps& output) {
    if (input.pixel == channels && input.pixels() % pixels == 0)
      return k::table().norm_apply(input.data, scale.data(), shift.data(), slope, input.pixels() / pixels,
                                   channels * pixels, output.data);
    for_pixels(input, output, [&](const float* x, float* y) {
      for (std::size_t c = 0; c < channels; ++c) y[c] = activated(x[c] * scale[c] + shift[c], slope);
    });
  };
}

Operation group_norm(const PlanNode& n, const float* weights) {
  const std::size_t channels = size(n.channels), members = channels / size(n.groups);
  const float* const w = weights + n.weights[0];
  const float* const b = weights + n.weights[1];
  return [channels, members, scale = std::vector<float>(w, w + channels), shift = std::vector<float>(b, b + channels)](
             const Maps& input, const Maps&, const Maps& output) {
    const std::size_t pixels = input.side * input.side;
    for (std::size_t image = 0; image < input.images; ++image)
      for (std::size_t first = 0; first < channels; first += members) {
        const float* const x = input.data + image * pixels * input.pixel + first;
        float* const y = output.data + image * pixels * output.pixel + first;
        const auto mean_of = [&](const auto& f) {
          double sum = 0;
          for (std::size_t p = 0; p < pixels; ++p)
            for (std::size_t c = 0; c < members; ++c) sum += f(double{x[p * input.pixel + c]});
          return sum / static_cast<double>(members * pixels);
        };
        const double mean = mean_of([](double value) { return value; });
        const double variance = mean_of([mean](double value) { return (value - mean) * (value - mean); });
        const double factor = 1 / std::sqrt(variance + 1e-5);
        for (std::size_t p = 0; p < pixels; ++p)
          for (std::size_t c = 0; c < members; ++c)
            y[p * output.pixel + c] =
                static_cast<float>((x[p * input.pixel + c] - mean) * factor) * scale[first + c] + shift[first + c];
      }
  };
}

void bilinear(const Maps& input, const Maps&, const Maps& output) {
  const std::size_t row = input.side * input.pixel;
  float* const between = k::workspace(input.side * input.channels);
  for (std::size_t image = 0; image < input.images; ++image)
    for (std::size_t y = 0; y < output.side; ++y) {
      const float* const x = input.data + image * input.side * row;
      const std::size_t near = y / 2;
      const std::size_t far = y % 2 == 0 ? near - (near > 0) : near + (near + 1 < input.side);
      k::table().double_row(x + near * row, x + far * row, input.pixel, input.side, input.channels, between,
                            output.data + (image * output.side + y) * output.side * output.pixel);
    }
}

/// f(pixel of the input, where the row and column lie within the output's four pixels, pixel of the output)
template <class Function>
void for_doubled(const Maps& input, const Maps& output, const Function& f) {
  for (std::size_t image = 0; image < input.images; ++image)
    for (std::size_t y = 0; y < output.side; ++y)
      for (std::size_t x = 0; x < output.side; ++x)
        f(input.data + ((image * input.side + y / 2) * input.side + x / 2) * input.pixel, y % 2 * 2 + x % 2,
          output.data + ((image * output.side + y) * output.side + x) * output.pixel);
}

void nearest(const Maps& input, const Maps&, const Maps& output) {
  for_doubled(input, output, [&](const float* x, std::size_t, float* y) { std::copy(x, x + input.channels, y); });
}

void pixel_shuffle(const Maps& input, const Maps&, const Maps& output) {
  for_doubled(input, output, [&](const float* x, std::size_t place, float* y) {
    for (std::size_t c = 0; c < output.channels; ++c) y[c] = x[4 * c + place];
  });
}

/// Channels [C s s] of one pixel to s x s pixels.
void reshape(const Maps& input, const Maps&, const Maps& output) {
  const std::size_t pixels = output.side * output.side;
  for (std::size_t image = 0; image < input.images; ++image)
    for (std::size_t p = 0; p < pixels; ++p)
      for (std::size_t c = 0; c < output.channels; ++c)
        output.data[(image * pixels + p) * output.pixel + c] = input.data[image * input.pixel + c * pixels + p];
}

void add(const Maps& input, const Maps& second, const Maps& output) {
  for (std::size_t pixel = 0; pixel < output.pixels(); ++pixel) {
    const float* const a = input.data + pixel * input.pixel;
    const float* const b = second.data + pixel * second.pixel;
    float* const y = output.data + pixel * output.pixel;
    for (std::size_t c = 0; c < output.channels; ++c) y[c] = a[c] + b[c];
  }
}

void concatenate(const Maps& input, const Maps& second, const Maps& output) {
  for_pixels(input, output, [&](const float* x, float* y) { std::copy(x, x + input.channels, y); });
  for_pixels(second, output, [&](const float* x, float* y) { std::copy(x, x + second.channels, y + input.channels); });
}

/// out * tanh(in * x) + shift
Operation hyperbolic_tangent(float in, float out, float shift) {
  return [=](const Maps& input, const Maps&, const Maps& output) {
    for_pixels(input, output, [&](const float* x, float* y) { std::copy(x, x + input.channels, y); });
    k::table().hyperbolic_tangent(output.data, output.pixels() * output.channels, in, out, shift);
  };
}

}  // namespace

bool takes_slope(Operator kind) {
  return kind == Operator::convolution || kind == Operator::transposed_convolution || kind == Operator::scale_shift;
}

Operation operation_of(const PlanNode& n, const Maps& input, const float* weights, float slope) {
  switch (static_cast<Operator>(n.kind)) {
    case Operator::convolution:
    case Operator::transposed_convolution:
      return convolution(n, input, weights, slope);
    case Operator::scale_shift:
      return scale_shift(n, weights, slope);
    case Operator::group_norm:
      return group_norm(n, weights);
    case Operator::leaky_relu:
      return [below = n.slope](const Maps& from, const Maps&, const Maps& to) {
        for_pixels(from, to, [&](const float* x, float* y) {
          for (std::size_t c = 0; c < to.channels; ++c) y[c] = activated(x[c], below);
        });
      };
    case Operator::reshape:
      return n.side == 1 ? Operation() : reshape;
    case Operator::channels:
      return {};
    case Operator::nearest:
      return nearest;
    case Operator::bilinear:
      return bilinear;
    case Operator::pixel_shuffle:
      return pixel_shuffle;
    case Operator::add:
      return add;
    case Operator::concatenate:
      return concatenate;
    case Operator::tanh:
      return hyperbolic_tangent(1, 1, 0);
    case Operator::sigmoid:
      return hyperbolic_tangent(0.5F, 0.5F, 0.5F);  // (1 + tanh(x / 2)) / 2
  }
  return {};
}

}  // namespace cspgan::runtime
