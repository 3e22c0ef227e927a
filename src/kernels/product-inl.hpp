// The matrix product that all convolutions come down to. Included once for each instruction set.
#pragma once

#include <hwy/highway.h>

#include "kernels/table.hpp"
#include "kernels/transforms-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cspgan::kernels {
namespace HWY_NAMESPACE {

/// Rows whose sums stay in registers: two vectors a row, two for b, one for a.
inline constexpr std::size_t register_rows = ((HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3) || HWY_ARCH_ARM_A64) ? 14 : 6;

/// Brings a row of a panel into the second-level cache.
HWY_INLINE void ask_for(const float* row) {
  for (std::size_t at = 0; at < block_width; at += 16) __builtin_prefetch(row + at, 0, 2);
}

/// kRows rows of a product. Each sum is made of one multiply-add after the other, in the order
/// of the depth, and then added to what is there: sums of sums have the smaller rounding errors.
template <std::size_t kRows>
void multiply_rows_of(const Product& p) {
  const Floats d;
  Vector low[kRows];
  Vector high[kRows];
#pragma GCC unroll 16
  for (std::size_t row = 0; row < kRows; ++row) {
    low[row] = hn::Zero(d);
    high[row] = hn::Zero(d);
  }
  const float* next_a = p.next_a;
  const float* next_b = p.next_b;
  const float* a_block = p.a;
  const float* b_block = p.b;
  for (std::size_t done = 0; done < p.depth; done += p.block) {
    const std::size_t depth = HWY_MIN(p.block, p.depth - done);
    const float* a = a_block;
    const float* b = b_block;
    for (std::size_t k = 0; k < depth; ++k) {
      const Vector b_low = hn::LoadU(d, b);
      const Vector b_high = hn::LoadU(d, b + lanes);
      if (next_b != nullptr) {
        ask_for(next_b);
        next_b += p.b_depth;
      }
      if (next_a != nullptr) ask_for(next_a + k * block_width);
#pragma GCC unroll 16
      for (std::size_t row = 0; row < kRows; ++row) {
        const Vector factor = hn::Set(d, a[static_cast<std::ptrdiff_t>(row) * p.a_row]);
        low[row] = hn::MulAdd(factor, b_low, low[row]);
        high[row] = hn::MulAdd(factor, b_high, high[row]);
      }
      a += p.a_depth;
      b += p.b_depth;
    }
    a_block += p.a_block;
    b_block += p.b_block;
    if (next_a != nullptr) next_a += p.a_block;
  }
#pragma GCC unroll 16
  for (std::size_t row = 0; row < kRows; ++row) {
    float* c = p.c + static_cast<std::ptrdiff_t>(row) * p.c_row;
    hn::StoreU(p.accumulate ? hn::Add(hn::LoadU(d, c), low[row]) : low[row], d, c);
    hn::StoreU(p.accumulate ? hn::Add(hn::LoadU(d, c + lanes), high[row]) : high[row], d, c + lanes);
  }
}

using RowsFunction = void (*)(const Product&);
template <std::size_t... kRows>
constexpr std::array<RowsFunction, sizeof...(kRows)> rows_functions(std::index_sequence<kRows...>) {
  return {multiply_rows_of<kRows + 1>...};
}

/// Rows are dealt out evenly, so that no call is left with few.
inline void multiply(const Product& product) {
  static constexpr auto functions = rows_functions(std::make_index_sequence<register_rows>());
  const std::size_t calls = (product.rows + register_rows - 1) / register_rows;
  Product part = product;
  for (std::size_t call = 0, row = 0; call < calls; ++call) {
    part.rows = (product.rows - row) / (calls - call);
    functions[part.rows - 1](part);
    part.a += static_cast<std::ptrdiff_t>(part.rows) * part.a_row;
    part.c += static_cast<std::ptrdiff_t>(part.rows) * part.c_row;
    if (part.next_a != nullptr) part.next_a += static_cast<std::ptrdiff_t>(part.rows) * part.a_row;
    part.next_b = nullptr;  // asked for by the first rows
    row += part.rows;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace cspgan::kernels
HWY_AFTER_NAMESPACE();
