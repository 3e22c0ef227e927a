// Metrics from nearest neighbors.
#include "cspgan/metrics/neighbors.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"
#include "metrics/checks.hpp"
#include "metrics/distances.hpp"

namespace cspgan {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Counts rows over the passes of one metric.
class PassProgress {
 public:
  PassProgress(const OnProgress& progress, std::int64_t total) : progress_(progress), total_(total) {}
  void add(std::int64_t rows) {
    done_ += rows;
    if (progress_) progress_(done_, total_);
  }

 private:
  const OnProgress& progress_;
  std::int64_t done_ = 0, total_;
};

/// Calls `visit(row, values)` for each row of the distances, with the row's values by matrix products.
template <class Visit>
void each_row(const SquaredDistances& distances, PassProgress& passes, Visit&& visit) {
  for (std::int64_t first = 0; first < distances.rows(); first += distances.block_rows()) {
    const std::int64_t count = std::min(distances.block_rows(), distances.rows() - first);
    const Tensor block = distances.block(first, count);
    const auto* const values = block.const_data_ptr<double>();
    for (std::int64_t i = 0; i < count; ++i) visit(first + i, values + i * distances.columns());
    passes.add(count);
  }
}

/// The squared distance of each row to its k-th nearest other row.
std::vector<double> radii(const Tensor& features, std::int64_t k, PassProgress& passes) {
  const SquaredDistances distances(features, features);
  std::vector<double> result, scratch;
  each_row(distances, passes, [&](std::int64_t row, const double* values) {
    result.push_back(kth_exact(distances, row, values, k, row, scratch));
  });
  return result;
}

/// The smallest value of a row but that at `skipped`.
double smallest(const double* values, std::int64_t count, std::int64_t skipped) {
  double least = infinity;
  for (std::int64_t i = 0; i < count; ++i)
    if (i != skipped) least = std::min(least, values[i]);
  return least;
}

/// The share of the rows of `own` whose nearest other row is of `own` rather than of `other`; half of the ties.
double share_nearest_own(const Tensor& own, const Tensor& other, PassProgress& passes) {
  const SquaredDistances to_own(own, own), to_other(own, other);
  std::vector<double> scratch, nearest_own, nearest_other;
  // One set after the other: two blocks at once would take twice the memory. Kept are the values found; which of them
  // need the exact ones is known when both are there, and then those few rows are done again.
  each_row(to_own, passes, [&](std::int64_t row, const double* values) {
    nearest_own.push_back(smallest(values, to_own.columns(), row));
  });
  each_row(to_other, passes, [&](std::int64_t, const double* values) {
    nearest_other.push_back(smallest(values, to_other.columns(), -1));
  });
  double share = 0;
  for (std::int64_t row = 0; row < own.size(0); ++row) {
    double mine = nearest_own[static_cast<std::size_t>(row)], theirs = nearest_other[static_cast<std::size_t>(row)];
    if (std::abs(mine - theirs) <= to_own.error(row) + to_other.error(row)) {
      mine = kth_exact(to_own, row, to_own.block(row, 1).const_data_ptr<double>(), 1, row, scratch);
      theirs = kth_exact(to_other, row, to_other.block(row, 1).const_data_ptr<double>(), 1, -1, scratch);
    }
    share += mine < theirs ? 1 : mine == theirs ? 0.5 : 0;
  }
  return share / static_cast<double>(own.size(0));
}

}  // namespace

Prdc prdc(const Tensor& real, const Tensor& fake, std::int64_t neighbors, const OnProgress& progress) {
  detail::require_at_least(neighbors, 1, "precision and recall: neighbors");
  require_features(real, fake, neighbors + 1, "precision and recall");
  const std::int64_t reals = real.size(0), fakes = fake.size(0);
  PassProgress passes(progress, 2 * reals + fakes);
  const std::vector<double> real_radii = radii(real, neighbors, passes), fake_radii = radii(fake, neighbors, passes);

  const SquaredDistances distances(real, fake);
  std::vector<char> is_precise(static_cast<std::size_t>(fakes), 0);
  std::int64_t recalled = 0, covered = 0, within = 0;
  each_row(distances, passes, [&](std::int64_t row, const double* values) {
    const double error = distances.error(row), real_radius = real_radii[static_cast<std::size_t>(row)];
    bool is_recalled = false, is_covered = false;
    for (std::size_t column = 0; column < is_precise.size(); ++column) {
      double distance = values[column];
      if (std::abs(distance - real_radius) <= error || std::abs(distance - fake_radii[column]) <= error)
        distance = distances.exact(row, static_cast<std::int64_t>(column));
      if (distance < real_radius) {
        is_precise[column] = 1;
        is_covered = true;
        ++within;
      }
      if (distance < fake_radii[column]) is_recalled = true;
    }
    recalled += is_recalled;
    covered += is_covered;
  });

  const auto share = [](std::int64_t part, std::int64_t all) {
    return static_cast<double>(part) / static_cast<double>(all);
  };
  return {.precision = share(std::count(is_precise.begin(), is_precise.end(), 1), fakes),
          .recall = share(recalled, reals),
          .density = share(within, fakes * neighbors),
          .coverage = share(covered, reals)};
}

NearestNeighborTest nearest_neighbor_test(const Tensor& real, const Tensor& fake, const OnProgress& progress) {
  require_features(real, fake, 2, "1-NN test");
  const std::int64_t reals = real.size(0), fakes = fake.size(0);
  PassProgress passes(progress, 2 * (reals + fakes));
  NearestNeighborTest result;
  result.real = share_nearest_own(real, fake, passes);
  result.fake = share_nearest_own(fake, real, passes);
  result.total = (result.real * static_cast<double>(reals) + result.fake * static_cast<double>(fakes)) /
                 static_cast<double>(reals + fakes);
  return result;
}

Neighbors nearest_neighbors(const Tensor& queries, const Tensor& candidates, std::int64_t count,
                            const OnProgress& progress) {
  require_features(queries, candidates, 1, "nearest neighbors");
  if (count < 1 || count > candidates.size(0))
    throw OptionError(
        fmt::format("nearest neighbors: their number must lie in [1, {}], not {}", candidates.size(0), count));
  const SquaredDistances distances(queries, candidates);
  PassProgress passes(progress, queries.size(0));
  Neighbors result{at::empty({queries.size(0), count}, at::kLong), at::empty({queries.size(0), count}, at::kDouble)};
  std::vector<double> scratch;
  std::vector<std::pair<double, std::int64_t>> found;
  each_row(distances, passes, [&](std::int64_t row, const double* values) {
    const double reach = kth_exact(distances, row, values, count, -1, scratch) + distances.error(row);
    found.clear();
    for (std::int64_t column = 0; column < distances.columns(); ++column)
      if (values[column] <= reach) found.emplace_back(distances.exact(row, column), column);
    std::partial_sort(found.begin(), found.begin() + count, found.end());
    for (std::int64_t i = 0; i < count; ++i) {
      const auto& [squared, column] = found[static_cast<std::size_t>(i)];
      result.index.mutable_data_ptr<std::int64_t>()[row * count + i] = column;
      result.distance.mutable_data_ptr<double>()[row * count + i] = std::sqrt(squared);
    }
  });
  return result;
}

double mean_pairwise_distance(const Tensor& features, const OnProgress& progress) {
  require_features(features, 2, "mean distance");
  const SquaredDistances distances(features, features);
  PassProgress passes(progress, features.size(0));
  double sum = 0;
  each_row(distances, passes, [&](std::int64_t row, const double* values) {
    // The root makes much of small errors: below this, the relative one would exceed a millionth.
    const double doubtful = 1e6 * distances.error(row);
    double row_sum = 0;
    for (std::int64_t column = 0; column < distances.columns(); ++column)
      if (column != row)
        row_sum += std::sqrt(values[column] < doubtful ? distances.exact(row, column) : values[column]);
    sum += row_sum;
  });
  const double count = static_cast<double>(features.size(0));
  return sum / (count * (count - 1));
}

}  // namespace cspgan
