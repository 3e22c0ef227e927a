// Convolutions with at most four channels on one side, such as images have: direct, as matrix products.
#pragma once

#include <cstddef>

#include "kernels/geometry.hpp"
#include "kernels/packing.hpp"
#include "kernels/table.hpp"

namespace [[gnu::visibility("default")]] cspgan {
namespace kernels {

/// `output` = epilogue(convolution(input, weight)), for outputs of at most `most_thin_channels` channels; the stride is
/// 1 or, transposed, at most `most_phases`. The rows of the input follow each other without a gap.
void convolve_to_thin(const Geometry& geometry, const ImageView& input, const WeightView& weight,
                      const ImageView& output, std::size_t images, const Epilogue& epilogue);

/// `gradient` of the weight of a plain convolution from a thin input. The same bits for any number of threads.
void thin_weight_gradient(const Geometry& geometry, const ImageView& thin, const ImageView& output_gradient,
                          std::size_t images, const WeightView& gradient);

}  // namespace kernels
}  // namespace cspgan
