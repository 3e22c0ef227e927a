// Squared distances between rows: by matrix products, which are fast, or exactly if the products' rounding could
// decide.
#pragma once

#include <cstdint>
#include <vector>

#include "cspgan/core/tensor.hpp"

namespace cspgan {

/// The squared distances between the rows of x [N, D] and of y [M, D], float32 or float64, checked by the caller.
class SquaredDistances {
 public:
  SquaredDistances(const Tensor& x, const Tensor& y);

  std::int64_t rows() const { return x_.size(0); }
  std::int64_t columns() const { return y_.size(0); }
  /// The largest number of rows in a block, so that it stays small.
  std::int64_t block_rows() const { return block_rows_; }

  /// The distances of rows first, ..., first + count - 1 by matrix products: [count, M], float64, each within
  /// error(row) of the true value.
  Tensor block(std::int64_t first, std::int64_t count) const;
  /// An upper bound of the rounding errors of a row of the block, and of `exact`.
  double error(std::int64_t row) const;
  /// The distance by subtraction, always summed in the same order: it is the same for (a, b) and (b, a), does not
  /// depend on the positions of the rows, and is 0 for equal rows.
  double exact(std::int64_t row, std::int64_t column) const;

 private:
  Tensor x_, y_;              // contiguous
  Tensor x_norms_, y_norms_;  // squared, float64
  double largest_y_norm_;
  double unit_;
  std::int64_t block_rows_;
};

/// The k-th smallest exact distance of a row (k counts from 1) among the columns that are not `skipped` (-1: none).
/// `row` are the M values of its block.
double kth_exact(const SquaredDistances& distances, std::int64_t index, const double* row, std::int64_t k,
                 std::int64_t skipped, std::vector<double>& scratch);

}  // namespace cspgan
