// Statistics, Fréchet and kernel distance, Inception score: closed forms and plain loops.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/diag.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linalg_qr.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <limits>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/metrics/feature_statistics.hpp"
#include "cspgan/metrics/frechet.hpp"
#include "cspgan/metrics/inception_score.hpp"
#include "cspgan/metrics/kernel_distance.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

Tensor normal(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  return TensorRandom(seed, at::kCPU).normal({rows, columns}, at::kDouble);
}

Tensor rotation(std::int64_t size, std::uint64_t seed) { return std::get<0>(at::linalg_qr(normal(size, size, seed))); }

FeatureStatistics gaussian(const Tensor& mean, const Tensor& covariance) {
  return FeatureStatistics(1000, mean, covariance);
}

/// |m|^2 + tr of two Gaussians of the same eigenvectors.
double commuting(const Tensor& variances_1, const Tensor& variances_2) {
  return (variances_1.sqrt() - variances_2.sqrt()).square().sum().item<double>();
}

/// The definition of the unbiased estimate, one pair after the other.
double discrepancy_by_loops(const Tensor& x, const Tensor& y) {
  const auto kernel = [&](const Tensor& a, const Tensor& b) {
    return std::pow(a.dot(b).item<double>() / static_cast<double>(x.size(1)) + 1, 3);
  };
  const auto within = [&](const Tensor& rows) {
    double sum = 0;
    for (std::int64_t i = 0; i < rows.size(0); ++i)
      for (std::int64_t j = 0; j < rows.size(0); ++j)
        if (i != j) sum += kernel(rows[i], rows[j]);
    return sum / static_cast<double>(rows.size(0) * (rows.size(0) - 1));
  };
  double across = 0;
  for (std::int64_t i = 0; i < x.size(0); ++i)
    for (std::int64_t j = 0; j < y.size(0); ++j) across += kernel(x[i], y[j]);
  return within(x) + within(y) - 2 * across / static_cast<double>(x.size(0) * y.size(0));
}

}  // namespace

TEST_CASE("Statistics gathered in batches are those of the whole, also far from zero") {
  const double offset = GENERATE(0.0, 1e6);
  const Tensor rows = normal(211, 7, 1) * at::tensor({1.0, 2.0, 0.1, 5.0, 1.0, 1.0, 3.0}, at::kDouble) + offset;
  FeatureStatistics statistics;
  for (std::int64_t first : {0, 1, 50, 51, 200})
    statistics.add(rows.slice(0, first, first == 0 ? 1 : first == 1 ? 50 : first == 50 ? 51 : first == 51 ? 200 : 211));
  REQUIRE(statistics.count() == 211);
  REQUIRE(statistics.dimension() == 7);
  // The centered data are known without cancellation, since the offset was added afterwards.
  const Tensor centered = rows - offset;
  CHECK((statistics.mean() - offset - centered.mean(0)).abs().max().item<double>() < 1e-9);
  CHECK((statistics.covariance() - centered.t().cov()).abs().max().item<double>() < (offset == 0 ? 1e-12 : 1e-8));
}

TEST_CASE("A copy of statistics keeps what it had when more is added to the original") {
  FeatureStatistics statistics;
  statistics.add(normal(5, 3, 1));
  const FeatureStatistics copy = statistics;
  const Tensor mean = copy.mean().clone(), covariance = copy.covariance().clone();
  statistics.add(normal(5, 3, 2) + 7);
  CHECK(copy.count() == 5);
  CHECK(copy.mean().equal(mean));
  CHECK(copy.covariance().equal(covariance));
}

TEST_CASE("Statistics refuse what they cannot count, and keep what they have") {
  FeatureStatistics statistics;
  statistics.add(normal(3, 4, 1));
  CHECK(contains(message_of<Error>([&] { statistics.add(normal(3, 5, 1)); }), "5 dimensions"));
  CHECK(contains(message_of<Error>([&] { statistics.add(normal(3, 4, 1)[0]); }), "[4]"));
  Tensor spoilt = normal(3, 4, 1);
  spoilt[1][2] = std::numeric_limits<double>::quiet_NaN();
  CHECK(contains(message_of<Error>([&] { statistics.add(spoilt); }), "not a number"));
  CHECK(statistics.count() == 3);
  FeatureStatistics single;
  single.add(normal(1, 4, 1));
  CHECK(contains(message_of<Error>([&] { single.covariance(); }), "too few"));
  CHECK_THROWS_AS(FeatureStatistics(10, at::zeros({2}), normal(2, 2, 3)), Error);  // not symmetric
  CHECK_THROWS_AS(FeatureStatistics(10, at::zeros({2}), at::eye(3)), Error);
}

TEST_CASE("A unit shift of every mean in 2048 dimensions is a Fréchet distance of 2048") {
  const Tensor spread = normal(2500, 2048, 3);
  const Tensor covariance = spread.t().mm(spread) / 2500.0;
  const double distance = frechet_distance(gaussian(at::zeros({2048}, at::kDouble), covariance),
                                           gaussian(at::ones({2048}, at::kDouble), covariance));
  CHECK(distance == Approx(2048).epsilon(1e-10));
}

TEST_CASE("The Fréchet distance is the closed form where the covariances commute, at any scale and rank") {
  const double scale = GENERATE(1e-200, 1e-12, 1.0, 1e12, 1e200);
  const Tensor axes = rotation(6, 4), zero = at::zeros({6}, at::kDouble);
  const Tensor variances_1 = at::tensor({4.0, 1.0, 0.25, 1e-4, 0.0, 0.0}, at::kDouble) * scale;
  const Tensor variances_2 = at::tensor({1.0, 9.0, 0.25, 1e-2, 2.0, 0.0}, at::kDouble) * scale;
  const auto with = [&](const Tensor& variances) {
    const Tensor matrix = axes.mm(at::diag(variances)).mm(axes.t());
    return gaussian(zero, (matrix + matrix.t()) / 2.0);
  };
  CHECK(frechet_distance(with(variances_1), with(variances_2)) ==
        Approx(commuting(variances_1, variances_2)).epsilon(1e-10));
  CHECK(frechet_distance(with(variances_2), with(variances_1)) ==
        Approx(commuting(variances_1, variances_2)).epsilon(1e-10));
  CHECK(frechet_distance(with(variances_1), with(variances_1)) <= 1e-13 * scale);
  CHECK(frechet_distance(with(variances_1), gaussian(zero, at::zeros({6, 6}, at::kDouble))) ==
        Approx(variances_1.sum().item<double>()).epsilon(1e-12));
}

TEST_CASE("The Fréchet distance is the closed form however the covariances are conditioned") {
  const double decades = GENERATE(1.0, 3.0, 5.0, 7.0, 9.0, 12.0, 18.0);
  const Tensor axes = rotation(120, 8), zero = at::zeros({120}, at::kDouble);
  const Tensor variances_1 = at::linspace(0.0, -decades, 120, at::kDouble).mul(std::log(10.0)).exp();
  const Tensor variances_2 = variances_1 * at::linspace(0.5, 4.0, 120, at::kDouble);
  const auto with = [&](const Tensor& variances) {
    const Tensor matrix = axes.mm(at::diag(variances)).mm(axes.t());
    return gaussian(zero, (matrix + matrix.t()) / 2.0);
  };
  const double scale = (variances_1 + variances_2).sum().item<double>();
  const double expected = commuting(variances_1, variances_2);
  CHECK(std::abs(frechet_distance(with(variances_1), with(variances_2)) - expected) <= 1e-8 * scale);
  CHECK(std::abs(frechet_distance(with(variances_2), with(variances_1)) - expected) <= 1e-8 * scale);
}

TEST_CASE("The Fréchet distance of two-dimensional Gaussians is the closed form where they do not commute") {
  // tr (A B)^(1/2) = sqrt(tr(A B) + 2 sqrt(det(A B))) for 2 x 2 matrices.
  const Tensor a = at::tensor({3.0, 1.0, 1.0, 2.0}, at::kDouble).reshape({2, 2});
  const Tensor b = at::tensor({1.0, -0.5, -0.5, 4.0}, at::kDouble).reshape({2, 2});
  const double root = std::sqrt(a.mm(b).trace().item<double>() + 2 * std::sqrt(5.0 * 3.75));
  const Tensor shift = at::tensor({0.5, -2.0}, at::kDouble);
  CHECK(frechet_distance(gaussian(at::zeros({2}, at::kDouble), a), gaussian(shift, b)) ==
        Approx(4.25 + 5 + 5 - 2 * root).epsilon(1e-12));
}

TEST_CASE("The Fréchet distance of fewer samples than dimensions equals the one from the samples themselves") {
  // tr (C1 C2)^(1/2) is the sum of the singular values of X1 X2^T / sqrt((n - 1)(m - 1)), X centered.
  const Tensor x = normal(20, 60, 5), y = normal(30, 60, 6) * 1.5 + 0.2;
  const Tensor x_centered = x - x.mean(0), y_centered = y - y.mean(0);
  const double root = std::get<1>(x_centered.mm(y_centered.t()).svd()).sum().item<double>() / std::sqrt(19.0 * 29.0);
  const double expected = (x.mean(0) - y.mean(0)).square().sum().item<double>() +
                          x_centered.square().sum().item<double>() / 19 +
                          y_centered.square().sum().item<double>() / 29 - 2 * root;
  FeatureStatistics first, second;
  first.add(x), second.add(y);
  CHECK(frechet_distance(first, second) == Approx(expected).epsilon(1e-9));
  FeatureStatistics other;
  other.add(normal(20, 61, 5));
  CHECK(contains(message_of<Error>([&] { frechet_distance(first, other); }), "60 and 61 dimensions"));
}

TEST_CASE("The polynomial discrepancy is the mean over pairs that it is defined as") {
  const Tensor x = normal(9, 5, 1), y = normal(12, 5, 2) + 0.4;
  CHECK(polynomial_discrepancy(x, y) == Approx(discrepancy_by_loops(x, y)).epsilon(1e-12));
  CHECK(polynomial_discrepancy(x.to(at::kFloat), y.to(at::kFloat)) == Approx(discrepancy_by_loops(x, y)).epsilon(1e-5));
}

TEST_CASE("The kernel distance is unbiased: around 0 for two samples of one distribution, however small") {
  double sum = 0, squares = 0;
  constexpr int rounds = 400;
  for (int round = 0; round < rounds; ++round) {
    const double value = polynomial_discrepancy(normal(10, 4, 1000 + round), normal(10, 4, 5000 + round));
    sum += value, squares += value * value;
  }
  const double mean = sum / rounds, error = std::sqrt((squares / rounds - mean * mean) / rounds);
  CHECK(std::abs(mean) < 3 * error);
  CHECK(error < 0.2);  // the biased estimate would lie at about (k(x, x) - k(x, y)) / 5, some 1.5
}

TEST_CASE("The kernel distance averages subsets that its seed alone decides") {
  const Tensor real = normal(60, 4, 1), fake = normal(50, 4, 2) + 0.5;
  const KernelDistanceOptions options{.subsets = 20, .subset_size = 30, .seed = 3};
  std::int64_t last = 0;
  const KernelDistance one = kernel_distance(real, fake, options, [&](std::int64_t done, std::int64_t total) {
    CHECK(done == last + 1);
    CHECK(total == 20);
    last = done;
  });
  CHECK(last == 20);
  const KernelDistance again = kernel_distance(real, fake, options);
  CHECK(one.mean == again.mean);
  CHECK(one.standard_deviation == again.standard_deviation);
  CHECK(one.standard_deviation > 0);
  CHECK(kernel_distance(real, fake, {.subsets = 20, .subset_size = 30, .seed = 4}).mean != one.mean);
  // Subsets of all rows are all the same, and the whole.
  const KernelDistance whole = kernel_distance(real.slice(0, 0, 50), fake, {.subsets = 3, .subset_size = 1000});
  CHECK(whole.subset_size == 50);
  CHECK(whole.mean == Approx(polynomial_discrepancy(real.slice(0, 0, 50), fake)).epsilon(1e-12));
  CHECK(whole.standard_deviation < 1e-12);
  CHECK(contains(message_of<OptionError>([&] { kernel_distance(real, fake, {.subsets = 0}); }), "subsets"));
}

TEST_CASE("The Inception score is 1 where all images are alike and the number of classes where all occur") {
  const Tensor certain = at::eye(5, at::kDouble).repeat({20, 1});
  CHECK(inception_score(certain).mean == Approx(5).epsilon(1e-12));
  CHECK(inception_score(certain).standard_deviation < 1e-12);
  CHECK(inception_score(at::full({100, 5}, 0.2)).mean == Approx(1).epsilon(1e-6));
  // Half the images 0.9 / 0.1, half the other way: exp of log 2 minus the entropy.
  const Tensor two = at::tensor({0.9, 0.1, 0.1, 0.9}, at::kDouble).reshape({2, 2}).repeat({10, 1});
  const double expected = std::exp(std::log(2.0) + 0.9 * std::log(0.9) + 0.1 * std::log(0.1));
  CHECK(inception_score(two, 5).mean == Approx(expected).epsilon(1e-12));
  CHECK(contains(message_of<Error>([&] { inception_score(at::ones({10, 5})); }), "sum 1"));
  CHECK(contains(message_of<Error>([&] { inception_score(two, 21); }), "too few"));
}
