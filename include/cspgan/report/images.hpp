// From a generator's output to pictures that one can open: bytes, grids, PNG files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Floating-point images [N, 3, H, W] in [-1, 1] to uint8 [N, 3, H, W] on the same device: round((x + 1) * 127.5),
/// clamped to [0, 255]; NaN becomes mid-gray. Throws Error naming any other shape or type.
Tensor to_bytes(const Tensor& images);

/// How much uint8 images [N, 3, H, W] differ: the root mean square difference of their values from the mean image, in
/// gray levels, in [0, 127.5]. It is about 70 for photographs of different faces and below 5 for images that look
/// alike. Throws Error naming any other shape or type.
double diversity(const Tensor& images);

/// The layout of a grid; sizes are in pixels of the finished grid.
struct GridLayout {
  std::int64_t padding = 2;      // around and between the images
  std::uint8_t background = 20;  // gray value of the padding and of cells without an image
  std::int64_t upscale = 1;      // each pixel becomes upscale x upscale equal pixels

  friend bool operator==(const GridLayout&, const GridLayout&) = default;
};

/// Arranges uint8 [N, 3, H, W] in one image, uint8 [3, H', W'], row by row from the top left. If `columns` exceeds N,
/// it is reduced to N; W' = columns * (W * upscale + padding) + padding, and H' likewise with the number of rows.
/// Throws Error naming any other shape or type, OptionError for columns or upscale < 1 or padding < 0.
Tensor image_grid(const Tensor& images, std::int64_t columns, const GridLayout& layout = {});

/// A grid of each set, beside each other from left to right, half an image apart; the sets may have different numbers
/// of images, of one size. Throws as image_grid does, and Error for no set or for images of different sizes.
Tensor image_blocks(const std::vector<Tensor>& sets, std::int64_t columns, const GridLayout& layout = {});

/// Throws OptionError if a grid of `count` images of `image_size` pixels would have more than 16,384 pixels a side or
/// 2^27 in all, before anything is drawn; `what` names it.
void require_grid_fits(std::int64_t count, std::int64_t columns, std::int64_t image_size, const GridLayout& layout,
                       std::string_view what);

/// The layout of sample grids, in which small images stay visible.
GridLayout sample_grid_layout(std::int64_t image_size);

/// Encodes uint8 [3, H, W] as the bytes of a PNG file. Throws Error naming any other shape or type.
std::string encode_png(const Tensor& image);

/// Writes uint8 [3, H, W] atomically as a PNG file, so that no reader sees half of it. Throws Error naming the path if
/// it cannot be written, or any other shape or type.
void write_png(const std::filesystem::path& path, const Tensor& image);

}  // namespace cspgan
