// Weights as the kernels read them.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace [[gnu::visibility("default")]] cspgan {
namespace kernels {

/// Memory that begins with a cache line.
template <class T>
struct Aligned {
  using value_type = T;
  static constexpr std::align_val_t alignment{64};

  Aligned() = default;
  template <class U>
  Aligned(const Aligned<U>&) {}  // NOLINT: allocators convert
  T* allocate(std::size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), alignment)); }
  void deallocate(T* memory, std::size_t) { ::operator delete(memory, alignment); }
  friend bool operator==(const Aligned&, const Aligned&) { return true; }
};
/// What packed and transformed weights lie in, and images.
using AlignedFloats = std::vector<float, Aligned<float>>;

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

}  // namespace kernels
}  // namespace cspgan
