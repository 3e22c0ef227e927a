// Weights as the kernels read them.
#pragma once

#include <cstddef>

namespace cspgan::kernels {

/// Taps [from, to, row, column] of any strides, in floats.
struct WeightView {
  float* data = nullptr;
  std::ptrdiff_t from = 0;
  std::ptrdiff_t to = 0;
  std::ptrdiff_t row = 0;
  std::ptrdiff_t column = 0;

  float* tap(std::size_t of_row, std::size_t of_column) const {
    return data + static_cast<std::ptrdiff_t>(of_row) * row + static_cast<std::ptrdiff_t>(of_column) * column;
  }
  /// The same taps reversed, as a transposed convolution of stride 1 takes them.
  WeightView turned(std::size_t kernel) const {
    return {.data = tap(kernel - 1, kernel - 1), .from = from, .to = to, .row = -row, .column = -column};
  }
  WeightView transposed() const { return {.data = data, .from = to, .to = from, .row = row, .column = column}; }
};

/// One tap: rows x columns values, `from` floats between rows and `to` between columns, to packed[rows][width], with
/// zeros from `columns` on.
void pack_tap(const float* tap, std::ptrdiff_t from, std::ptrdiff_t to, std::size_t rows, std::size_t columns,
              std::size_t width, float* packed);

}  // namespace cspgan::kernels
