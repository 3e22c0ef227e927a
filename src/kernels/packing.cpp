// Packing of taps.
#include "kernels/packing.hpp"

#include <cstring>

#include "kernels/workspace.hpp"

namespace cspgan::kernels {

void pack_tap(const float* tap, std::ptrdiff_t from, std::ptrdiff_t to, std::size_t rows, std::size_t columns,
              std::size_t width, float* packed) {
  if (columns < width) std::memset(packed, 0, rows * width * sizeof(float));
  if (to == 1) {
    for (std::size_t row = 0; row < rows; ++row)
      std::memcpy(packed + row * width, tap + static_cast<std::ptrdiff_t>(row) * from, columns * sizeof(float));
    return;
  }
  for (std::size_t column = 0; column < columns; ++column) {
    const float* values = tap + static_cast<std::ptrdiff_t>(column) * to;
    for (std::size_t row = 0; row < rows; ++row) {
      packed[row * width + column] = values[static_cast<std::ptrdiff_t>(row) * from];
      // Fetches from the next rows, which lie far from those of the next column.
      if (row % cache_line_floats == 0) __builtin_prefetch(values + static_cast<std::ptrdiff_t>(row + rows) * from);
    }
  }
}

}  // namespace cspgan::kernels
