// Cropping and resizing images to the square size that a network expects.
#pragma once

#include <cstdint>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The largest centered square of uint8 [3, H, W], as a view; half pixels are rounded as in torchvision.
/// Throws Error naming any other shape.
Tensor center_crop_square(const Tensor& image);

/// Resizes uint8 [3, H, W] to [3, size, size] by antialiased bilinear interpolation: pixels agree with those of
/// Pillow's BILINEAR and torchvision's antialias within one level. Throws Error naming any other shape, OptionError for
/// a size below 2.
Tensor resize(const Tensor& image, std::int64_t size);
/// The same to [3, height, width], out of proportion if need be.
Tensor resize(const Tensor& image, std::int64_t height, std::int64_t width);

}  // namespace cspgan
