// Exact distances at the speed of matrix products.
#include "metrics/distances.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <limits>

namespace cspgan {

namespace {

constexpr std::int64_t block_values = std::int64_t{1} << 22;  // 32 MiB
constexpr std::int64_t piece_rows = 1024;                     // of y, converted to float64 at a time

Tensor squared_norms(const Tensor& rows) {
  Tensor norms = at::empty({rows.size(0)}, at::kDouble);
  for (std::int64_t first = 0; first < rows.size(0); first += piece_rows) {
    const Tensor piece = rows.slice(0, first, first + piece_rows).to(at::kDouble);
    norms.slice(0, first, first + piece_rows).copy_(piece.square().sum(1));
  }
  return norms;
}

at::ScalarType wider_type(const Tensor& x, const Tensor& y) {
  return x.scalar_type() == y.scalar_type() ? x.scalar_type() : at::kDouble;
}

template <class Number>
double subtract_and_square(const Number* a, const Number* b, std::int64_t size) {
  double sum = 0;
  for (std::int64_t i = 0; i < size; ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return sum;
}

}  // namespace

SquaredDistances::SquaredDistances(const Tensor& x, const Tensor& y)
    : x_(x.to(wider_type(x, y)).contiguous()),
      y_(y.to(wider_type(x, y)).contiguous()),
      x_norms_(squared_norms(x_)),
      y_norms_(y.is_same(x) ? x_norms_ : squared_norms(y_)),
      largest_y_norm_(y_norms_.max().item<double>()),
      // A dot product of D terms is off by at most D eps |x| |y| (Higham 2002, 3.1), each norm by D eps of itself.
      unit_(8 * static_cast<double>(x.size(1) + 4) * std::numeric_limits<double>::epsilon()),
      block_rows_(std::clamp<std::int64_t>(block_values / std::max<std::int64_t>(y.size(0), 1), 1, 1024)) {}

Tensor SquaredDistances::block(std::int64_t first, std::int64_t count) const {
  const Tensor x = x_.narrow(0, first, count).to(at::kDouble);
  Tensor squared = at::empty({count, columns()}, at::kDouble);
  for (std::int64_t column = 0; column < columns(); column += piece_rows) {
    const Tensor y = y_.slice(0, column, column + piece_rows).to(at::kDouble);
    squared.slice(1, column, column + piece_rows).copy_(x.mm(y.t()));
  }
  return squared.mul_(-2).add_(x_norms_.narrow(0, first, count).unsqueeze(1)).add_(y_norms_);
}

double SquaredDistances::error(std::int64_t row) const {
  return unit_ * (x_norms_.const_data_ptr<double>()[row] + largest_y_norm_);
}

double SquaredDistances::exact(std::int64_t row, std::int64_t column) const {
  const std::int64_t size = x_.size(1);
  if (x_.scalar_type() == at::kFloat)
    return subtract_and_square(x_.const_data_ptr<float>() + row * size, y_.const_data_ptr<float>() + column * size,
                               size);
  return subtract_and_square(x_.const_data_ptr<double>() + row * size, y_.const_data_ptr<double>() + column * size,
                             size);
}

double kth_exact(const SquaredDistances& distances, std::int64_t index, const double* row, std::int64_t k,
                 std::int64_t skipped, std::vector<double>& scratch) {
  const std::int64_t columns = distances.columns();
  scratch.clear();
  for (std::int64_t column = 0; column < columns; ++column)
    if (column != skipped) scratch.push_back(row[column]);
  const auto kth = scratch.begin() + (k - 1);
  std::nth_element(scratch.begin(), kth, scratch.end());
  // The k-th smallest of the truth is within the error of the k-th smallest found, and so are its own value's two.
  const double slack = 2 * distances.error(index);
  const double low = *kth - slack, high = *kth + slack;
  std::int64_t below = 0;
  scratch.clear();
  for (std::int64_t column = 0; column < columns; ++column) {
    if (column == skipped) continue;
    if (row[column] < low)
      ++below;
    else if (row[column] <= high)
      scratch.push_back(distances.exact(index, column));
  }
  const auto exact = scratch.begin() + (k - 1 - below);
  std::nth_element(scratch.begin(), exact, scratch.end());
  return *exact;
}

}  // namespace cspgan
