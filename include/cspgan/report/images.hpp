// From what a generator gives to pictures that a person can open: bytes, grids, PNG files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Floating-point images [N, 3, H, W] in [-1, 1] to uint8 [N, 3, H, W] on the same device: round((x + 1) * 127.5),
/// clamped to [0, 255]; NaN becomes mid-grey. Throws Error naming another shape or type.
Tensor to_bytes(const Tensor& images);

/// How far uint8 images [N, 3, H, W] are apart: the root mean square distance of their values from the mean image, in
/// grey levels, in [0, 127.5]. Different photographs of faces are some 70 apart, images that look alike fewer than 5.
/// Throws Error naming another shape or type.
double diversity(const Tensor& images);

/// How a grid is laid out; sizes are pixels of the finished grid.
struct GridLayout {
  std::int64_t padding = 2;      // around and between the images
  std::uint8_t background = 20;  // grey value of the padding and of cells without an image
  std::int64_t upscale = 1;      // each pixel becomes upscale x upscale pixels, unsmoothed

  friend bool operator==(const GridLayout&, const GridLayout&) = default;
};

/// uint8 [N, 3, H, W] to one image, uint8 [3, H', W'], filled row by row from the top left.
/// `columns` is at most N afterwards; W' = columns * (W * upscale + padding) + padding, and H' likewise.
/// Throws Error naming another shape or type, OptionError for columns or upscale < 1 or padding < 0.
Tensor image_grid(const Tensor& images, std::int64_t columns, const GridLayout& layout = {});

/// The bytes of a PNG file that holds uint8 [3, H, W]. Throws Error naming another shape or type.
std::string encode_png(const Tensor& image);

/// Writes uint8 [3, H, W] so that a reader never sees half a picture. Throws Error naming the path.
void write_png(const std::filesystem::path& path, const Tensor& image);

}  // namespace cspgan
