// t-SNE: entropies and gradients by plain loops, clusters, seeds.
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <limits>

#include "cspgan/core/error.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/metrics/neighbors.hpp"
#include "cspgan/metrics/tsne.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

Tensor normal_points(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  return TensorRandom(seed, at::kCPU).normal({rows, columns}, at::kDouble);
}

Tensor joint(const Tensor& conditional) {
  return (conditional + conditional.t()) / static_cast<double>(2 * conditional.size(0));
}

/// KL(P || Q) by its definition, one pair after the other (equations 2 to 4).
double divergence(const Tensor& affinities, const Tensor& map) {
  const auto p = affinities.accessor<double, 2>();
  const auto y = map.accessor<double, 2>();
  const auto weight = [&](std::int64_t i, std::int64_t j) {
    return 1 / (1 + std::pow(y[i][0] - y[j][0], 2) + std::pow(y[i][1] - y[j][1], 2));
  };
  double total = 0, sum = 0;
  for (std::int64_t i = 0; i < map.size(0); ++i)
    for (std::int64_t j = 0; j < map.size(0); ++j)
      if (i != j) total += weight(i, j);
  for (std::int64_t i = 0; i < map.size(0); ++i)
    for (std::int64_t j = 0; j < map.size(0); ++j)
      if (i != j && p[i][j] > 0) sum += p[i][j] * std::log(p[i][j] * total / weight(i, j));
  return sum;
}

/// Rows 0 to 39 of one Gaussian, 40 to 79 of another, 80 to 119 of a third: centers 20 apart in 50 dimensions.
Tensor clusters() {
  Tensor rows = normal_points(120, 50, 4);
  for (std::int64_t i = 0; i < 3; ++i) rows.slice(0, 40 * i, 40 * i + 40).select(1, i).add_(14);
  return rows;
}

}  // namespace

TEST_CASE("t-SNE's Gaussians have the perplexity asked for, whatever the scale of the features") {
  // Scales apart by 1e12, and rows that are much nearer to some than to others.
  for (const double scale : {1e-6, 1.0, 1e6}) {
    Tensor rows = normal_points(60, 7, 1);
    rows.slice(0, 0, 20).mul_(0.01);
    for (const double perplexity : {1.5, 12.0, 50.0}) {
      const Tensor conditional = conditional_affinities(rows * scale, perplexity);
      const auto p = conditional.accessor<double, 2>();
      for (std::int64_t i = 0; i < 60; ++i) {
        double entropy = 0, sum = 0;
        for (std::int64_t j = 0; j < 60; ++j) {
          sum += p[i][j];
          if (p[i][j] > 0) entropy -= p[i][j] * std::log2(p[i][j]);
        }
        REQUIRE(p[i][i] == 0);
        REQUIRE(sum == Approx(1).epsilon(1e-12));
        REQUIRE(std::exp2(entropy) == Approx(perplexity).epsilon(1e-9));
      }
    }
  }
}

TEST_CASE("t-SNE's affinities are Gaussian: their logarithms differ by the squared distances times one number a row") {
  const Tensor rows = normal_points(30, 5, 2);
  const Tensor conditional = conditional_affinities(rows, 8);
  for (std::int64_t i = 0; i < 30; ++i) {
    const std::int64_t a = (i + 1) % 30, b = (i + 2) % 30, c = (i + 3) % 30;
    const auto log = [&](std::int64_t j) { return std::log(conditional[i][j].item<double>()); };
    const auto distance = [&](std::int64_t j) { return (rows[i] - rows[j]).square().sum().item<double>(); };
    CHECK((log(a) - log(b)) * (distance(a) - distance(c)) ==
          Approx((log(a) - log(c)) * (distance(a) - distance(b))).epsilon(1e-8));
  }
}

TEST_CASE("t-SNE's gradient equals finite differences of the divergence") {
  const Tensor affinities = joint(conditional_affinities(normal_points(15, 6, 3), 4));
  const Tensor map = normal_points(15, 2, 5);
  const Tensor gradient = tsne_gradient(affinities, map);
  constexpr double step = 1e-5;
  for (std::int64_t i = 0; i < 15; ++i)
    for (std::int64_t axis = 0; axis < 2; ++axis) {
      const auto moved = [&](double by) {
        Tensor other = map.clone();
        other[i][axis] += by;
        return divergence(affinities, other);
      };
      CHECK(gradient[i][axis].item<double>() == Approx((moved(step) - moved(-step)) / (2 * step)).margin(1e-9));
    }
}

TEST_CASE("t-SNE keeps three clusters apart and lowers the divergence") {
  const Tensor rows = clusters();
  const Tensor map = tsne(rows, {.iterations = 400});
  const Tensor label = at::arange(120, at::kLong).div(40, "floor");
  const Tensor nearest = nearest_neighbors(map, map, 2).index.select(1, 1);  // the nearest is the point itself
  CHECK(at::equal(label.index_select(0, nearest), label));
  const Tensor affinities = joint(conditional_affinities(rows, 30));
  CHECK(divergence(affinities, map) < 0.5 * divergence(affinities, tsne(rows, {.iterations = 1})));
  // At a minimum nothing pulls any more.
  CHECK(tsne_gradient(affinities, tsne(rows)).abs().max().item<double>() < 1e-4);
}

TEST_CASE("t-SNE gives the same bits for the same seed, and others for another") {
  const Tensor rows = clusters();
  const TsneOptions short_run{.iterations = 20, .seed = 3};
  CHECK(at::equal(tsne(rows, short_run), tsne(rows, short_run)));
  CHECK_FALSE(at::equal(tsne(rows, short_run), tsne(rows, {.iterations = 20, .seed = 4})));
}

TEST_CASE("t-SNE puts up with equal rows and few rows, and tells how far it is") {
  std::int64_t calls = 0;
  const Tensor equal =
      tsne(at::full({9, 4}, 2.5), {.perplexity = 3, .iterations = 30}, [&](std::int64_t done, std::int64_t total) {
        REQUIRE(done == ++calls);
        REQUIRE(total == 30);
      });
  CHECK(calls == 30);
  CHECK(equal.isfinite().all().item<bool>());
  CHECK(equal.mean(0).abs().max().item<double>() < 1e-12);
  CHECK(tsne(normal_points(3, 2, 1), {.perplexity = 1}).isfinite().all().item<bool>());
}

TEST_CASE("t-SNE refuses wrong input with a sentence") {
  const Tensor rows = normal_points(10, 4, 6);
  CHECK(contains(message_of<OptionError>([&] { tsne(rows); }), "perplexity must lie in [1, 9] for 10 images, not 30"));
  CHECK(contains(message_of<OptionError>([&] { tsne(rows, {.perplexity = 0.5}); }), "at least 1, not 0.5"));
  CHECK(contains(message_of<OptionError>([&] { tsne(rows, {.perplexity = 3, .iterations = 0}); }), "iterations"));
  CHECK(contains(message_of<OptionError>([&] { tsne(rows, {.perplexity = 3, .learning_rate = 0}); }), "learning_rate"));
  CHECK(contains(message_of<Error>([&] { tsne(rows.narrow(0, 0, 2), {.perplexity = 1}); }), "at least 3"));
  CHECK(contains(message_of<Error>([&] { tsne(rows.to(at::kLong), {.perplexity = 3}); }), "float32 or float64"));
  Tensor broken = rows.clone();
  broken[2][1] = std::numeric_limits<double>::quiet_NaN();
  CHECK(contains(message_of<Error>([&] { tsne(broken, {.perplexity = 3}); }), "not a number"));
}
