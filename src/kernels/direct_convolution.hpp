// Convolutions of few pixels with many channels: direct, as matrix products.
//
// There the weight is larger than all else, and a fast algorithm would make it larger still. So each pixel's inputs are
// copied side by side, [pixels, taps * from], and multiplied with the weight as it is, which is read once.
#pragma once

#include <cstddef>

#include "kernels/geometry.hpp"
#include "kernels/packing.hpp"
#include "kernels/table.hpp"

namespace [[gnu::visibility("default")]] cspgan {
namespace kernels {

/// Floats of a weight that is packed for convolve_directly().
std::size_t packed_floats(const Geometry& geometry, std::size_t from, std::size_t to);
void pack(const Geometry& geometry, const WeightView& weight, std::size_t from, std::size_t to, float* packed);

/// `output` = epilogue(convolution(input, packed weight)).
void convolve_directly(const Geometry& geometry, const ImageView& input, const float* packed, const ImageView& output,
                       std::size_t images, const Epilogue& epilogue);

}  // namespace kernels
}  // namespace cspgan
