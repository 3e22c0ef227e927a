// The kernel distance.
#include "cspgan/metrics/kernel_distance.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/random.hpp"
#include "metrics/checks.hpp"

namespace cspgan {

namespace {

Tensor kernel(const Tensor& x, const Tensor& y) {
  return x.mm(y.t()).div_(static_cast<double>(x.size(1))).add_(1).pow_(3);
}

/// The mean over pairs of different rows.
double mean_without_diagonal(const Tensor& matrix) {
  const double size = static_cast<double>(matrix.size(0));
  return (matrix.sum() - matrix.trace()).item<double>() / (size * (size - 1));
}

double discrepancy(const Tensor& x, const Tensor& y) {
  return mean_without_diagonal(kernel(x, x)) + mean_without_diagonal(kernel(y, y)) -
         2 * kernel(x, y).mean().item<double>();
}

/// `count` different numbers below `all`, int64 [count]: the head of a shuffle (Fisher and Yates).
Tensor subset(HostRandom& random, std::int64_t all, std::int64_t count) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(all));
  std::iota(numbers.begin(), numbers.end(), std::int64_t{0});
  Tensor chosen = at::empty({count}, at::kLong);
  auto* const out = chosen.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < count; ++i) {
    const auto other = i + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(all - i)));
    std::swap(numbers[static_cast<std::size_t>(i)], numbers[static_cast<std::size_t>(other)]);
    out[i] = numbers[static_cast<std::size_t>(i)];
  }
  return chosen;
}

}  // namespace

void KernelDistanceOptions::validate() const {
  detail::require_from_to(subsets, 1, 1'000'000, "kernel distance: subsets");
  detail::require_from_to(subset_size, 2, 20'000, "kernel distance: subset_size");
}

double polynomial_discrepancy(const Tensor& first, const Tensor& second) {
  require_features(first, second, 2, "kernel distance");
  return discrepancy(first.to(at::kDouble), second.to(at::kDouble));
}

KernelDistance kernel_distance(const Tensor& real, const Tensor& fake, const KernelDistanceOptions& options,
                               const OnProgress& progress) {
  options.validate();
  require_features(real, fake, 2, "kernel distance");
  KernelDistance result;
  result.subsets = options.subsets;
  result.subset_size = std::min({options.subset_size, real.size(0), fake.size(0)});
  double sum = 0, squares = 0;
  std::vector<double> values;
  for (std::int64_t i = 0; i < options.subsets; ++i) {
    HostRandom random({options.seed, 0x4b4944, static_cast<std::uint64_t>(i)});
    const Tensor chosen_real = subset(random, real.size(0), result.subset_size);
    const Tensor chosen_fake = subset(random, fake.size(0), result.subset_size);
    values.push_back(discrepancy(real.index_select(0, chosen_real).to(at::kDouble),
                                 fake.index_select(0, chosen_fake).to(at::kDouble)));
    sum += values.back();
    if (progress) progress(i + 1, options.subsets);
  }
  result.mean = sum / static_cast<double>(options.subsets);
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  result.standard_deviation = std::sqrt(squares / static_cast<double>(options.subsets));
  return result;
}

}  // namespace cspgan
