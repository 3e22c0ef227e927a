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

/// Two taps of `result` by F(4, 2), its products from `first` on: input k of F(4, 2) is input of(k) of the window, tap
/// k is tap(k), output i is to(i).
template <class Result, class Of, class Tap, class To>
constexpr void use_pairs(Result& result, std::size_t first, const Of& of, const Tap& tap, const To& to) {
  for (std::size_t p = 0; p < four_of_two.products; ++p) {
    for (std::size_t k = 0; k < four_of_two.window; ++k) result.input(first + p, of(k)) = four_of_two.input(p, k);
    for (std::size_t k = 0; k < 2; ++k) result.weight(first + p, tap(k)) = four_of_two.weight(p, k);
    for (std::size_t i = 0; i < 4; ++i) result.output(to(i), first + p) = four_of_two.output(i, p);
    result.weight_of[first + p] = first + p;
  }
}

/// The middle tap of three directly, after the pairs: output to(i) takes input of(i).
template <class Result, class Of, class To>
constexpr void use_middle(Result& result, const Of& of, const To& to) {
  constexpr std::size_t first = four_of_two.products;
  result.weight(first, 1) = 1;
  for (std::size_t i = 0; i < 4; ++i) {
    result.input(first + i, of(i)) = 1;
    result.output(to(i), first + i) = 1;
    result.weight_of[first + i] = first;
  }
}

/// Kernel 3, stride 2, padding 1: y[i] = (g0, g2) over the odd inputs, by F(4, 2), + g1 x[2i].
constexpr auto make_down_3() {
  Bilinear<3, 9, 4, four_of_two.products + 4, four_of_two.products + 1> result;
  const auto same = [](std::size_t i) { return i; };
  const auto twice = [](std::size_t k) { return 2 * k; };
  use_pairs(result, 0, twice, twice, same);
  use_middle(
      result, [](std::size_t i) { return 2 * i + 1; }, same);
  result.start = -1;
  result.step = 8;
  return result;
}

/// Kernel 4, stride 2, padding 1: y[i] = (g0, g2) over the odd inputs + (g1, g3) over the even ones, both by F(4, 2).
constexpr auto make_down_4() {
  Bilinear<4, 10, 4, 2 * four_of_two.products, 2 * four_of_two.products> result;
  for (std::size_t phase = 0; phase < 2; ++phase) {
    const auto every_other = [phase](std::size_t k) { return 2 * k + phase; };
    use_pairs(result, phase * four_of_two.products, every_other, every_other, [](std::size_t i) { return i; });
  }
  result.start = -1;
  result.step = 8;
  return result;
}

/// The transpose of down_3 (kernel 3, stride 2, padding 1): y[2i] = g1 x[i], y[2i + 1] = g2 x[i] + g0 x[i + 1].
constexpr auto make_up_3() {
  Bilinear<3, 5, 8, four_of_two.products + 4, four_of_two.products + 1> result;
  const auto same = [](std::size_t i) { return i; };
  use_pairs(
      result, 0, same, [](std::size_t k) { return 2 - 2 * k; }, [](std::size_t i) { return 2 * i + 1; });
  use_middle(result, same, [](std::size_t i) { return 2 * i; });
  result.start = 0;
  result.step = 4;
  return result;
}

/// The transpose of down_4: y[2i] = g3 x[i - 1] + g1 x[i], y[2i + 1] = g2 x[i] + g0 x[i + 1].
constexpr auto make_up_4() {
  Bilinear<4, 6, 8, 2 * four_of_two.products, 2 * four_of_two.products> result;
  for (std::size_t phase = 0; phase < 2; ++phase)
    use_pairs(
        result, phase * four_of_two.products, [phase](std::size_t k) { return k + phase; },
        [phase](std::size_t k) { return 3 - phase - 2 * k; }, [phase](std::size_t i) { return 2 * i + phase; });
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
