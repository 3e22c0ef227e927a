// The fast algorithms as matrices: exact in arithmetic, whatever is multiplied.
#include <cmath>
#include <random>

#include "kernels/winograd.hpp"
#include "support/catch.hpp"

using namespace cspgan::kernels;

namespace {

/// The largest difference between the algorithm and the sum it stands for, over windows and taps drawn at random;
/// `tap(o, i)` says which tap joins output o and input i of a tile's window, or -1.
template <class Algorithm, class Tap>
double worst_error(const Algorithm& algorithm, const Tap& tap) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  std::array<double, Algorithm::window> window;
  std::array<double, Algorithm::taps> taps;
  double worst = 0;
  for (int trial = 0; trial < 20; ++trial) {
    for (double& value : window) value = normal(random);
    for (double& value : taps) value = normal(random);
    for (std::size_t o = 0; o < Algorithm::outputs; ++o) {
      double expected = 0;
      for (std::size_t i = 0; i < Algorithm::window; ++i) {
        const int k = tap(static_cast<int>(o), static_cast<int>(i));
        if (k >= 0 && k < static_cast<int>(Algorithm::taps)) expected += window[i] * taps[static_cast<std::size_t>(k)];
      }
      double sum = 0;
      for (std::size_t p = 0; p < Algorithm::products; ++p) {
        double input = 0, weight = 0;
        for (std::size_t i = 0; i < Algorithm::window; ++i) input += algorithm.input(p, i) * window[i];
        for (std::size_t k = 0; k < Algorithm::taps; ++k)
          weight += algorithm.weight(algorithm.weight_of[p], k) * taps[k];
        sum += algorithm.output(o, p) * input * weight;
      }
      worst = std::max(worst, std::abs(sum - expected));
    }
  }
  return worst;
}

}  // namespace

TEST_CASE("each algorithm is the convolution it stands for", "[kernels]") {
  // A convolution's output o meets the input stride * o + k - padding; a tile's window begins at `start`.
  const auto plain = [](int stride, std::ptrdiff_t start) {
    return [=](int o, int i) { return i + static_cast<int>(start) - stride * o + 1; };
  };
  const auto transposed = [](std::ptrdiff_t start) {
    return [=](int o, int i) { return o - 2 * (i + static_cast<int>(start)) + 1; };
  };
  CHECK(worst_error(same_3, plain(1, same_3.start)) < 1e-12);
  CHECK(worst_error(down_3, plain(2, down_3.start)) < 1e-12);
  CHECK(worst_error(down_4, plain(2, down_4.start)) < 1e-12);
  CHECK(worst_error(up_3, transposed(up_3.start)) < 1e-12);
  CHECK(worst_error(up_4, transposed(up_4.start)) < 1e-12);
}

TEST_CASE("the algorithms need the fewest products known", "[kernels]") {
  // For each output of two dimensions; the direct sums take 9, 9, 16, 9 / 4 and 4.
  CHECK(same_3.products * same_3.products == 36);  // 16 outputs: 2.25
  CHECK(down_3.products * down_3.products == 81);  // 16 outputs: 5.06
  CHECK(down_4.products * down_4.products == 100);
  CHECK(up_3.products * up_3.products == 81);  // 64 outputs: 1.27
  CHECK(up_4.products * up_4.products == 100);
}
