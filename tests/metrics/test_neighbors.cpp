// Metrics of nearest neighbors, against plain loops over exact distances.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/randperm.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/metrics/neighbors.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

Tensor normal_rows(std::int64_t rows, std::int64_t columns, std::uint64_t seed, at::ScalarType type = at::kFloat) {
  return TensorRandom(seed, at::kCPU).normal({rows, columns}, type);
}

/// The squared distance, term by term.
double distance(const Tensor& a, const Tensor& b) {
  const Tensor first = a.to(at::kDouble).contiguous(), second = b.to(at::kDouble).contiguous();
  double sum = 0;
  for (std::int64_t i = 0; i < first.numel(); ++i) {
    const double difference = first.const_data_ptr<double>()[i] - second.const_data_ptr<double>()[i];
    sum += difference * difference;
  }
  return sum;
}

using Table = std::vector<std::vector<double>>;
Table all_distances(const Tensor& x, const Tensor& y) {
  Table table;
  for (std::int64_t i = 0; i < x.size(0); ++i) {
    table.emplace_back();
    for (std::int64_t j = 0; j < y.size(0); ++j) table.back().push_back(distance(x[i], y[j]));
  }
  return table;
}

std::vector<double> radii(const Tensor& x, std::size_t k) {
  std::vector<double> result;
  for (auto row : all_distances(x, x)) {
    std::sort(row.begin(), row.end());
    result.push_back(row[k]);  // row[0] is the image itself, or its equal
  }
  return result;
}

Prdc manifold_by_loops(const Tensor& real, const Tensor& fake, std::size_t k) {
  const auto real_radii = radii(real, k), fake_radii = radii(fake, k);
  const Table across = all_distances(real, fake);
  Prdc result;
  for (std::size_t j = 0; j < fake_radii.size(); ++j) {
    double hits = 0;
    for (std::size_t i = 0; i < real_radii.size(); ++i) hits += across[i][j] < real_radii[i];
    result.precision += hits > 0;
    result.density += hits / static_cast<double>(k);
  }
  for (std::size_t i = 0; i < real_radii.size(); ++i) {
    bool recalled = false;
    for (std::size_t j = 0; j < fake_radii.size(); ++j) recalled = recalled || across[i][j] < fake_radii[j];
    result.recall += recalled;
    result.coverage += *std::min_element(across[i].begin(), across[i].end()) < real_radii[i];
  }
  result.precision /= static_cast<double>(fake_radii.size());
  result.density /= static_cast<double>(fake_radii.size());
  result.recall /= static_cast<double>(real_radii.size());
  result.coverage /= static_cast<double>(real_radii.size());
  return result;
}

double share_nearest_own_by_loops(const Tensor& own, const Tensor& other) {
  const Table to_own = all_distances(own, own), to_other = all_distances(own, other);
  double share = 0;
  for (std::size_t i = 0; i < to_own.size(); ++i) {
    double mine = std::numeric_limits<double>::infinity();
    for (std::size_t j = 0; j < to_own.size(); ++j)
      if (j != i) mine = std::min(mine, to_own[i][j]);
    const double theirs = *std::min_element(to_other[i].begin(), to_other[i].end());
    share += mine < theirs ? 1 : mine == theirs ? 0.5 : 0;
  }
  return share / static_cast<double>(to_own.size());
}

void check_all(const Tensor& real, const Tensor& fake) {
  for (const std::int64_t k : {1, 3, 5}) {
    const Prdc found = prdc(real, fake, k);
    const Prdc expected = manifold_by_loops(real, fake, static_cast<std::size_t>(k));
    CHECK(found.precision == expected.precision);
    CHECK(found.recall == expected.recall);
    CHECK(found.density == Approx(expected.density).epsilon(1e-12));
    CHECK(found.coverage == expected.coverage);
  }
  const NearestNeighborTest test = nearest_neighbor_test(real, fake);
  CHECK(test.real == share_nearest_own_by_loops(real, fake));
  CHECK(test.fake == share_nearest_own_by_loops(fake, real));
}

}  // namespace

TEST_CASE("Manifold metrics and the 1-NN test are those of plain loops") {
  const auto type = GENERATE(at::kFloat, at::kDouble);
  check_all(normal_rows(40, 6, 1, type), normal_rows(50, 6, 2, type) * 0.8 + 0.3);
}

TEST_CASE("Ties are ties: on a grid with copies, at any offset and step, the metrics are those of exact distances") {
  // A coarse grid has many ties, between the sets and within. Products round, the more the larger the offset: at 2^20
  // by more than the distances, at a step of a tenth.
  const double offset = GENERATE(0.0, 1048576.0), step = GENERATE(1.0, 0.1);
  TensorRandom random(3, at::kCPU);
  const auto grid = [&](std::int64_t rows) {
    return random.integers({rows, 5}, 0, 3).to(at::kDouble) * step + (offset + 1.0 / 3);
  };
  const Tensor real = grid(40), fake = at::cat({real.slice(0, 0, 10), grid(30)});
  check_all(real, fake);
  check_all(real.to(at::kFloat), fake.to(at::kFloat));
}

TEST_CASE("The metrics do not depend on the order of the images") {
  const Tensor real = normal_rows(60, 8, 1), fake = at::cat({real.slice(0, 0, 20), normal_rows(40, 8, 2)});
  const auto shuffled = [](const Tensor& rows, std::uint64_t seed) {
    return rows.index_select(0, TensorRandom(seed, at::kCPU).uniform({rows.size(0)}).argsort());
  };
  const Prdc one = prdc(real, fake, 3);
  const Prdc other = prdc(shuffled(real, 7), shuffled(fake, 8), 3);
  CHECK(one.precision == other.precision);
  CHECK(one.recall == other.recall);
  CHECK(one.density == other.density);
  CHECK(one.coverage == other.coverage);
  CHECK(nearest_neighbor_test(real, fake).total == nearest_neighbor_test(shuffled(real, 7), shuffled(fake, 8)).total);
}

TEST_CASE("More images than a block holds give the metrics of plain loops") {
  // 4,200 columns leave 998 rows to a block; the loops are those of LibTorch's own subtraction.
  const Tensor real = normal_rows(1300, 3, 1, at::kDouble), fake = normal_rows(4200, 3, 2, at::kDouble) + 0.2;
  const Neighbors found = nearest_neighbors(real, fake, 2);
  for (const std::int64_t row : {0, 997, 998, 999, 1299}) {
    const Tensor distances = (fake - real[row]).square().sum(1).sqrt();
    const auto [sorted, order] = distances.sort();
    CHECK(found.index[row][0].item<std::int64_t>() == order[0].item<std::int64_t>());
    CHECK(found.index[row][1].item<std::int64_t>() == order[1].item<std::int64_t>());
    CHECK(found.distance[row][1].item<double>() == Approx(sorted[1].item<double>()).epsilon(1e-12));
  }
}

TEST_CASE("The 1-NN test says 1 for sets apart, 0 for copies, a half where a tie decides, and shows collapse") {
  const Tensor real = normal_rows(50, 4, 1);
  CHECK(nearest_neighbor_test(real, normal_rows(50, 4, 2) + 100).total == 1);
  const NearestNeighborTest copies = nearest_neighbor_test(real, real.clone());
  CHECK(copies.total == 0);
  CHECK(nearest_neighbor_test(at::zeros({4, 2}), at::zeros({4, 2})).total == 0.5);
  const NearestNeighborTest collapsed = nearest_neighbor_test(real, normal_rows(50, 4, 3) * 0.01);
  CHECK(collapsed.fake == 1);
  CHECK(collapsed.real < 1);
}

TEST_CASE("Nearest neighbors find the copied image first, and the lower index in a tie") {
  const Tensor real = normal_rows(30, 6, 1);
  const Neighbors found = nearest_neighbors(real.slice(0, 4, 6), at::cat({real, real.slice(0, 5, 6)}), 3);
  CHECK(found.index[0][0].item<std::int64_t>() == 4);
  CHECK(found.distance[0][0].item<double>() == 0);
  CHECK(found.distance[0][1].item<double>() > 0);
  CHECK(found.index[1][0].item<std::int64_t>() == 5);
  CHECK(found.index[1][1].item<std::int64_t>() == 30);
  CHECK(found.distance[1][1].item<double>() == 0);
  CHECK(contains(message_of<OptionError>([&] { nearest_neighbors(real, real, 31); }), "[1, 30]"));
}

TEST_CASE("The mean distance between rows is that of plain loops, and 0 where all are alike") {
  const Tensor rows = normal_rows(23, 5, 1) + 1000;
  double sum = 0;
  for (const auto& row : all_distances(rows, rows))
    for (const double squared : row) sum += std::sqrt(squared);
  CHECK(mean_pairwise_distance(rows) == Approx(sum / (23 * 22)).epsilon(1e-9));
  CHECK(mean_pairwise_distance(rows[0].expand({9, 5})) == 0);
}

TEST_CASE("10,000 samples each of one Gaussian in 1,000 dimensions give the published values") {
  // As the authors of density and coverage print for one draw of N(0, I), k = 5 (the README of their program prdc):
  // precision 0.4772, recall 0.4705, density 1.0555, coverage 0.9735. Six other draws (by PyTorch) had standard
  // deviations of 0.012, 0.01, 0.07 and 0.007: which of two samples lies further out decides precision and recall in
  // opposite ways, so their mean has one of 0.004 only. The margins are four of them.
  std::int64_t last = 0, total = 0;
  const Prdc found = prdc(normal_rows(10'000, 1'000, 11), normal_rows(10'000, 1'000, 12), 5,
                          [&](std::int64_t done, std::int64_t all) { last = done, total = all; });
  INFO(found.precision << " " << found.recall << " " << found.density << " " << found.coverage);
  CHECK((found.precision + found.recall) / 2 == Approx(0.47385).margin(0.016));
  CHECK(found.precision == Approx(0.4772).margin(0.05));
  CHECK(found.density == Approx(1.0555).margin(0.28));
  CHECK(found.coverage == Approx(0.9735).margin(0.028));
  CHECK(last == 30'000);
  CHECK(total == 30'000);
}

TEST_CASE("Metrics of neighbors refuse what they cannot compare") {
  const Tensor real = normal_rows(6, 4, 1);
  CHECK(contains(message_of<Error>([&] { prdc(real, normal_rows(6, 5, 2)); }), "4 dimensions, the fake ones 5"));
  CHECK(contains(message_of<Error>([&] { prdc(real, real, 6); }), "too few"));
  CHECK(contains(message_of<OptionError>([&] { prdc(real, real, 0); }), "neighbors must be at least 1, not 0"));
  CHECK(contains(message_of<Error>([&] { nearest_neighbor_test(real, real.to(at::kLong)); }), "int64"));
  CHECK(contains(message_of<Error>([&] { mean_pairwise_distance(real * std::nan("")); }), "not a number"));
}
