// Convolutions by the fast algorithms of bilinear.hpp, on plain memory.
#pragma once

#include <cstddef>

#include "kernels/table.hpp"

namespace cspgan::kernels {

/// Taps [from, to, row, column] of any strides, in floats.
struct WeightView {
  float* data = nullptr;
  std::ptrdiff_t from = 0;
  std::ptrdiff_t to = 0;
  std::ptrdiff_t row = 0;
  std::ptrdiff_t column = 0;
};

/// `output` = epilogue(algorithm(input, weight)). Heights and widths fit each other; `images` of both.
void convolve(Algorithm algorithm, const ImageView& input, const WeightView& weight, const ImageView& output,
              std::size_t images, const Epilogue& epilogue);

/// `gradient` of the weight = that of the sum over all images of <output_gradient, algorithm(input, weight)>.
/// The same bits for any number of threads.
void convolve_weight_gradient(Algorithm algorithm, const ImageView& input, const ImageView& output_gradient,
                              std::size_t images, const WeightView& gradient);

}  // namespace cspgan::kernels
