// What the kernels compiled for each instruction set offer to the portable code around them.
#pragma once

#include <array>
#include <cstddef>

namespace [[gnu::visibility("default")]] cspgan {
namespace kernels {

/// The fast algorithms, each with its transpose: same_3 is its own (with reversed taps).
enum class Algorithm { same_3, down_3, down_4, up_3, up_4 };
inline constexpr std::size_t algorithm_count = 5;

/// Images [N, height, width, channels], the channels next to each other; strides in floats.
struct ImageView {
  float* data = nullptr;
  std::ptrdiff_t image = 0;
  std::ptrdiff_t row = 0;
  std::ptrdiff_t pixel = 0;
  std::ptrdiff_t height = 0;
  std::ptrdiff_t width = 0;
  std::ptrdiff_t channels = 0;
};

/// Tiles are numbered along the rows of an image, then down, then from image to image.
struct TileRange {
  std::size_t rows = 0;  // of tiles in an image
  std::size_t columns = 0;
  std::size_t first = 0;
  std::size_t count = 0;
};

/// Transformed tiles: entry (position, channel, tile) is at
/// position * position_stride + (channel / width) * block_stride + tile * width + channel % width.
struct Panels {
  float* data = nullptr;
  std::ptrdiff_t position_stride = 0;
  std::ptrdiff_t block_stride = 0;
};

/// Blocks of `width` channels, [first, end).
struct BlockRange {
  std::size_t first = 0;
  std::size_t end = 0;
};

/// What happens to an output value x of channel k before it is stored: y, or slope * y where y < 0; y = x + bias[k].
struct Epilogue {
  const float* bias = nullptr;  // null: 0
  float slope = 1;              // in [0, 1]: 1 leaves y as it is, 0 is ReLU
};

/// A tap of a convolution to few channels: its products with the inputs of a row, `width` floats apart, and the column
/// of the input that the first output column takes.
struct Tap {
  const float* products = nullptr;
  std::ptrdiff_t column = 0;
};
inline constexpr std::size_t most_thin_channels = 4;
inline constexpr std::size_t most_phases = 2;

/// A row of outputs of at most four channels: output x is the sum of the taps of its phase, x % phases, at the input
/// column x / phases + tap.column, if there is such a column. Four floats are read of each product.
struct TapSums {
  std::array<const Tap*, most_phases + 1> first{};  // taps of phase p: [first[p], first[p + 1])
  std::size_t phases = 1;
  std::size_t channels = 0;
  std::size_t columns = 0;  // of the outputs
  std::size_t product_columns = 0;
};

/// c[row, :] (+)= sum over d of a[row, d] * b[d, :] for rows of `width` floats. The depth comes in blocks: the entry d
/// of a is at (d / block) * a_block + (d % block) * a_depth, likewise for b.
struct Product {
  const float* a = nullptr;
  std::ptrdiff_t a_row = 0;
  std::ptrdiff_t a_depth = 0;
  std::ptrdiff_t a_block = 0;
  const float* b = nullptr;
  std::ptrdiff_t b_depth = 0;
  std::ptrdiff_t b_block = 0;
  float* c = nullptr;
  std::ptrdiff_t c_row = 0;
  std::size_t rows = 0;
  std::size_t depth = 0;
  std::size_t block = 0;
  bool accumulate = false;
  // What the next product reads, or null: asked for while this one computes. Each step asks for `width` floats of each.
  const float* next_a = nullptr;
  const float* next_b = nullptr;
};

/// Products that are added one after the other, over channels and over pixels or tiles; sums of such sums keep rounding
/// errors small.
inline constexpr std::size_t longest_sum_of_channels = 128;
inline constexpr std::size_t longest_sum_of_pixels = 40;

/// The transforms of one algorithm; the counts are those of one dimension.
struct Transforms {
  std::size_t taps = 0;
  std::size_t outputs = 0;
  std::size_t products = 0;
  std::size_t weights = 0;
  const std::size_t* weight_of = nullptr;

  /// Inputs to panels; tile `range.first` becomes tile 0 of the panels, block `blocks.first` their block 0.
  void (*gather_input)(const ImageView&, const TileRange&, const BlockRange&, const Panels&) = nullptr;
  /// Gradients of the outputs to panels, likewise.
  void (*gather_gradient)(const ImageView&, const TileRange&, const BlockRange&, const Panels&) = nullptr;
  /// Panels to outputs, likewise.
  void (*scatter_output)(const Panels&, const ImageView&, const TileRange&, const BlockRange&,
                         const Epilogue&) = nullptr;
  /// [taps^2][rows][width] -> [weights^2][rows][width], the second with `position_stride` between its positions.
  void (*transform_weight)(const float* taps, std::size_t rows, float* weights,
                           std::ptrdiff_t position_stride) = nullptr;
  /// The gradient: [weights^2][rows][width] -> [taps^2][rows][width].
  void (*transform_gradient)(const float* weights, std::ptrdiff_t position_stride, std::size_t rows,
                             float* taps) = nullptr;
};

/// The gradient of activation(scale x + shift), all [rows][channels] or [channels].
struct NormGradient {
  const float* dy = nullptr;
  const float* x = nullptr;
  const float* scale = nullptr;
  const float* shift = nullptr;
  const float* mean = nullptr;
  float slope = 1;
};

struct Table {
  const char* instruction_set = "";
  std::size_t width = 0;  // channels of a block
  void (*multiply)(const Product&) = nullptr;
  // These are in pixels-inl.hpp.
  void (*finish_pixel)(const float* sums, const Epilogue&, std::size_t channel, std::size_t count, float* to) = nullptr;
  void (*sum_taps)(const TapSums&, const Epilogue&, float* row, std::ptrdiff_t pixel) = nullptr;
  // These are in rows-inl.hpp; channels are a multiple of 16.
  void (*activation_gradient)(const float* dy, const float* y, float slope, std::size_t rows, std::size_t channels,
                              float* dx, float* sums) = nullptr;
  void (*norm_statistics)(const float* x, const float* pivot, std::size_t rows, std::size_t channels,
                          float* sums) = nullptr;
  void (*norm_apply)(const float* x, const float* scale, const float* shift, float slope, std::size_t rows,
                     std::size_t channels, float* y) = nullptr;
  void (*norm_gradient_sums)(const NormGradient&, std::size_t rows, std::size_t channels, float* sums) = nullptr;
  void (*norm_gradient_apply)(const NormGradient&, const float* of_x, const float* constant, std::size_t rows,
                              std::size_t channels, float* dx) = nullptr;
  // These are in images-inl.hpp, for any number of channels.
  void (*double_row)(const float* near, const float* far, std::size_t pixel, std::size_t columns, std::size_t channels,
                     float* between, float* to) = nullptr;
  void (*hyperbolic_tangent)(float* values, std::size_t count, float in, float out, float shift) = nullptr;
  std::array<Transforms, algorithm_count> transforms{};
};

/// The table for the best instruction set that this processor has.
const Table& table();

}  // namespace kernels
}  // namespace cspgan
