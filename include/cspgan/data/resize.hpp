// From any picture to the square a network wants.
#pragma once

#include <cstdint>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The largest square in the middle of uint8 [3, H, W], a view; half a pixel is rounded as torchvision does.
/// Throws Error naming the shape where it is another.
Tensor centre_crop_square(const Tensor& image);

/// uint8 [3, H, W] to [3, size, size], antialiased bilinear: pixels equal those of Pillow's BILINEAR and torchvision's
/// antialias within one level. Throws Error naming the shape, OptionError for a size below 2.
Tensor resize(const Tensor& image, std::int64_t size);

}  // namespace cspgan
