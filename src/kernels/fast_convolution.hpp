// Convolutions by the fast algorithms of winograd.hpp, on plain memory.
#pragma once

#include <cstddef>
#include <optional>

#include "kernels/geometry.hpp"
#include "kernels/packing.hpp"
#include "kernels/table.hpp"

namespace [[gnu::visibility("default")]] cspgan {
namespace kernels {

/// Channels, on either side, from which on the fast algorithms pay.
inline constexpr int fewest_channels = 12;
/// The fast algorithm for maps of more than one pixel; nothing if there is none for the geometry.
std::optional<Algorithm> algorithm_of(const Geometry& geometry);

/// Floats of a transformed weight, or 0 if it is too large to be kept in one piece; and the function that transforms
/// it.
std::size_t transformed_floats(Algorithm algorithm, std::size_t from, std::size_t to);
void transform(Algorithm algorithm, const WeightView& weight, std::size_t from, std::size_t to, float* transformed);

/// `output` = epilogue(algorithm(input, weight)). Heights and widths fit each other; `images` of both.
void convolve(Algorithm algorithm, const ImageView& input, const float* transformed, const ImageView& output,
              std::size_t images, const Epilogue& epilogue);
void convolve(Algorithm algorithm, const ImageView& input, const WeightView& weight, const ImageView& output,
              std::size_t images, const Epilogue& epilogue);

/// `gradient` of the weight = that of the sum over all images of <output_gradient, algorithm(input, weight)>.
/// The same bits for any number of threads.
void convolve_weight_gradient(Algorithm algorithm, const ImageView& input, const ImageView& output_gradient,
                              std::size_t images, const WeightView& gradient);

}  // namespace kernels
}  // namespace cspgan
