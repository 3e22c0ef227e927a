// Fast algorithms for short convolutions, made from their points (Winograd 1980; Lavin and Gray 2016).
//
// A one-dimensional convolution of a few taps can be computed with fewer products than taps x outputs: transform a
// window d of inputs and the taps g, multiply entry by entry, transform back:
//
//     y = output [ (weight g) * (input d) ]        input: products x window, weight: products x taps, ...
//
// In two dimensions the same matrices act on rows and columns. Over channels each of the products x products positions
// is a matrix product of its own. The gradient of the weight is weight^T [ (input d) * (output^T dy) ].
#pragma once

#include <array>
#include <cstddef>

namespace cspgan::kernels {

template <std::size_t kRows, std::size_t kColumns>
struct Matrix {
  std::array<std::array<double, kColumns>, kRows> entries{};

  static constexpr std::size_t rows = kRows;
  static constexpr std::size_t columns = kColumns;
  constexpr double& operator()(std::size_t row, std::size_t column) { return entries[row][column]; }
  constexpr double operator()(std::size_t row, std::size_t column) const { return entries[row][column]; }
};

template <std::size_t kRows, std::size_t kColumns>
constexpr Matrix<kColumns, kRows> transposed(const Matrix<kRows, kColumns>& matrix) {
  Matrix<kColumns, kRows> result;
  for (std::size_t row = 0; row < kRows; ++row)
    for (std::size_t column = 0; column < kColumns; ++column) result(column, row) = matrix(row, column);
  return result;
}

/// An algorithm for one dimension, applied to tiles: tile t reads `window` inputs from t * step + start on and gives
/// the outputs from t * outputs on. Product p multiplies row p of `input` with row weight_of[p] of `weight`.
template <std::size_t kTaps, std::size_t kWindow, std::size_t kOutputs, std::size_t kProducts, std::size_t kWeights>
struct Bilinear {
  static constexpr std::size_t taps = kTaps;
  static constexpr std::size_t window = kWindow;
  static constexpr std::size_t outputs = kOutputs;
  static constexpr std::size_t products = kProducts;
  static constexpr std::size_t weights = kWeights;

  Matrix<kProducts, kWindow> input{};
  Matrix<kWeights, kTaps> weight{};
  Matrix<kOutputs, kProducts> output{};
  std::array<std::size_t, kProducts> weight_of{};
  std::ptrdiff_t start = 0;
  std::ptrdiff_t step = 0;
};

/// F(m, r): m outputs y[i] = sum_k g[k] d[i + k] from m + r - 1 products, by interpolation of polynomials through the
/// given m + r - 2 points and infinity (Toom 1963, Cook 1966; transposed).
template <std::size_t kOutputs, std::size_t kTaps>
constexpr auto toom_cook(const std::array<double, kOutputs + kTaps - 2>& points) {
  constexpr std::size_t finite = kOutputs + kTaps - 2;
  Bilinear<kTaps, finite + 1, kOutputs, finite + 1, finite + 1> result;

  // Row j of `input`: the coefficients of prod_{i != j} (x - point_i); the last row: of the product over all points.
  for (std::size_t skipped = 0; skipped <= finite; ++skipped) {
    std::array<double, finite + 1> polynomial{1};
    std::size_t degree = 0;
    double scale = 1;
    for (std::size_t i = 0; i < finite; ++i) {
      if (i == skipped) continue;
      ++degree;
      for (std::size_t k = degree; k > 0; --k) polynomial[k] = polynomial[k - 1] - points[i] * polynomial[k];
      polynomial[0] *= -points[i];
      if (skipped < finite) scale *= points[skipped] - points[i];
    }
    // The sign is free; this one makes the rows of opposite points mirror images.
    std::size_t even = 0;
    while (even + 2 <= finite && polynomial[even] == 0) even += 2;
    const double sign = skipped < finite && polynomial[even] < 0 ? -1 : 1;
    scale *= sign;
    for (std::size_t k = 0; k <= finite; ++k) result.input(skipped, k) = sign * polynomial[k];
    double power = 1;  // of the point: both evaluations, of the taps and of the outputs
    for (std::size_t k = 0; k < (kOutputs > kTaps ? kOutputs : kTaps); ++k) {
      const bool infinite = skipped == finite;
      if (k < kTaps) result.weight(skipped, k) = infinite ? (k + 1 == kTaps ? 1.0 : 0.0) : power / scale;
      if (k < kOutputs) result.output(k, skipped) = infinite ? (k + 1 == kOutputs ? 1.0 : 0.0) : power;
      if (!infinite) power *= points[skipped];
    }
    result.weight_of[skipped] = skipped;
  }
  result.step = static_cast<std::ptrdiff_t>(kOutputs);
  return result;
}

// Points near 1 that are exact in binary: of those tried, the ones with the least rounding errors, a half of those of
// small integers (on the choice: Barabasz et al. 2020). Opposite points share their partial sums.
inline constexpr auto four_of_three = toom_cook<4, 3>({0, 0.625, -0.625, 1.5, -1.5});
inline constexpr auto four_of_two = toom_cook<4, 2>({0.375, -0.375, 1.25, -1.25});

/// A matrix whose columns c and c + 1 differ in signs alone, for some c, as the product of one without such pairs and
/// of additions: matrix * x = folded * x', x'[c] = x[c] + x[c + 1], x'[c + 1] = x[c] - x[c + 1].
template <class M>
struct Folded {
  M matrix{};
  std::array<bool, M::columns> pair{};  // whether columns c and c + 1 are such
};
template <std::size_t kRows, std::size_t kColumns>
constexpr auto fold(const Matrix<kRows, kColumns>& matrix) {
  Folded<Matrix<kRows, kColumns>> result{matrix, {}};
  for (std::size_t c = 0; c + 1 < kColumns; ++c) {
    std::size_t entries = 0;
    bool pair = true;
    for (std::size_t r = 0; r < kRows; ++r) {
      const double first = matrix(r, c);
      pair = pair && (first == matrix(r, c + 1) || first == -matrix(r, c + 1));
      entries += first != 0;
    }
    if (!pair || entries < 3) continue;
    for (std::size_t r = 0; r < kRows; ++r) {
      result.matrix(r, c) = (matrix(r, c) + matrix(r, c + 1)) / 2;
      result.matrix(r, c + 1) = (matrix(r, c) - matrix(r, c + 1)) / 2;
    }
    result.pair[c] = true;
    ++c;
  }
  return result;
}

/// Kernel 3, stride 1, padding 1.
constexpr auto make_same_3() {
  auto result = four_of_three;
  result.start = -1;
  return result;
}

/// Kernel 3, stride 2, padding 1: y[i] = (g0, g2) over the odd inputs, by F(4, 2), + g1 x[2i].
constexpr auto make_down_3() {
  constexpr std::size_t pairs = four_of_two.products;
  Bilinear<3, 9, 4, pairs + 4, pairs + 1> result;
  for (std::size_t p = 0; p < pairs; ++p) {
    for (std::size_t k = 0; k < pairs; ++k) result.input(p, 2 * k) = four_of_two.input(p, k);
    for (std::size_t k = 0; k < 2; ++k) result.weight(p, 2 * k) = four_of_two.weight(p, k);
    for (std::size_t i = 0; i < 4; ++i) result.output(i, p) = four_of_two.output(i, p);
    result.weight_of[p] = p;
  }
  result.weight(pairs, 1) = 1;
  for (std::size_t i = 0; i < 4; ++i) {
    result.input(pairs + i, 2 * i + 1) = 1;
    result.output(i, pairs + i) = 1;
    result.weight_of[pairs + i] = pairs;
  }
  result.start = -1;
  result.step = 8;
  return result;
}

/// Kernel 4, stride 2, padding 1: y[i] = (g0, g2) over the odd inputs + (g1, g3) over the even ones, both by F(4, 2).
constexpr auto make_down_4() {
  constexpr std::size_t pairs = four_of_two.products;
  Bilinear<4, 10, 4, 2 * pairs, 2 * pairs> result;
  for (std::size_t phase = 0; phase < 2; ++phase)
    for (std::size_t p = 0; p < pairs; ++p) {
      const std::size_t row = phase * pairs + p;
      for (std::size_t k = 0; k < pairs; ++k) result.input(row, 2 * k + phase) = four_of_two.input(p, k);
      for (std::size_t k = 0; k < 2; ++k) result.weight(row, 2 * k + phase) = four_of_two.weight(p, k);
      for (std::size_t i = 0; i < 4; ++i) result.output(i, row) = four_of_two.output(i, p);
      result.weight_of[row] = row;
    }
  result.start = -1;
  result.step = 8;
  return result;
}

/// The transpose of down_3 (kernel 3, stride 2, padding 1): y[2i] = g1 x[i], y[2i + 1] = g2 x[i] + g0 x[i + 1].
constexpr auto make_up_3() {
  constexpr std::size_t pairs = four_of_two.products;
  Bilinear<3, 5, 8, pairs + 4, pairs + 1> result;
  for (std::size_t p = 0; p < pairs; ++p) {
    for (std::size_t k = 0; k < pairs; ++k) result.input(p, k) = four_of_two.input(p, k);
    for (std::size_t k = 0; k < 2; ++k) result.weight(p, 2 - 2 * k) = four_of_two.weight(p, k);
    for (std::size_t i = 0; i < 4; ++i) result.output(2 * i + 1, p) = four_of_two.output(i, p);
    result.weight_of[p] = p;
  }
  result.weight(pairs, 1) = 1;
  for (std::size_t i = 0; i < 4; ++i) {
    result.input(pairs + i, i) = 1;
    result.output(2 * i, pairs + i) = 1;
    result.weight_of[pairs + i] = pairs;
  }
  result.start = 0;
  result.step = 4;
  return result;
}

/// The transpose of down_4: y[2i] = g3 x[i - 1] + g1 x[i], y[2i + 1] = g2 x[i] + g0 x[i + 1].
constexpr auto make_up_4() {
  constexpr std::size_t pairs = four_of_two.products;
  Bilinear<4, 6, 8, 2 * pairs, 2 * pairs> result;
  for (std::size_t phase = 0; phase < 2; ++phase)
    for (std::size_t p = 0; p < pairs; ++p) {
      const std::size_t row = phase * pairs + p;
      for (std::size_t k = 0; k < pairs; ++k) result.input(row, k + phase) = four_of_two.input(p, k);
      for (std::size_t k = 0; k < 2; ++k) result.weight(row, 3 - phase - 2 * k) = four_of_two.weight(p, k);
      for (std::size_t i = 0; i < 4; ++i) result.output(2 * i + phase, row) = four_of_two.output(i, p);
      result.weight_of[row] = row;
    }
  result.start = -1;
  result.step = 4;
  return result;
}

inline constexpr auto same_3 = make_same_3();
inline constexpr auto down_3 = make_down_3();
inline constexpr auto down_4 = make_down_4();
inline constexpr auto up_3 = make_up_3();
inline constexpr auto up_4 = make_up_4();

}  // namespace cspgan::kernels
