// Metrics from nearest neighbors: do the fakes lie where the reals do, and everywhere that the reals do?
//
// All functions compare exact distances. A comparison is decided by a matrix product in float64 if its rounding error
// cannot change the outcome; otherwise the two rows are subtracted. So equal rows are at distance 0, ties are ties, and
// no metric depends on the block size, the machine or the order of the images. Beside the features, about 64 MiB of
// memory are used, whatever their number. Features are float32 or float64 [N, D] on the CPU. All functions throw Error
// for other shapes, sets that differ in D, too few rows, or values that are not finite.
#pragma once

#include <cstdint>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Precision, recall, density and coverage. All lie in [0, 1], except density, which has no upper limit and is moved
/// less by outliers than precision. 1 is best.
struct Prdc {
  double precision = 0;  // share of fakes within the k-th neighbor distance of some real
  double recall = 0;     // share of reals within the k-th neighbor distance of some fake
  double density = 0;    // mean number of reals whose k-th neighbor distance a fake is within, divided by k
  double coverage = 0;   // share of reals with a fake nearer than their k-th real neighbor
};

/// Precision and recall (Kynkäänniemi et al. 2019, section 3), density and coverage (Naeem et al. 2020, section 3).
/// "Within" means strictly nearer, as in the program of Naeem et al. Each set needs more than `neighbors` rows;
/// `neighbors` must be >= 1.
Prdc prdc(const Tensor& real, const Tensor& fake, std::int64_t neighbors = 5, const OnProgress& progress = {});

/// The shares, in [0, 1], of images whose nearest other image among both sets belongs to their own set. A tie counts
/// half.
struct NearestNeighborTest {
  double total = 0;  // 0.5 if the sets cannot be told apart, 1 if they are far apart, 0 if each fake copies a real
  double real = 0;   // share of the reals; near 1 if the sets are far apart, low if fakes crowd around reals
  double fake = 0;   // share of the fakes; if it alone is near 1, fakes are too much alike, as in mode collapse
};

/// The leave-one-out 1-NN two-sample test (Lopez-Paz and Oquab 2017; Xu et al. 2018). It is meaningful only for sets of
/// equal size, and each set needs at least 2 rows.
NearestNeighborTest nearest_neighbor_test(const Tensor& real, const Tensor& fake, const OnProgress& progress = {});

/// Row i holds the candidates that are nearest to query i, nearest first. In a tie, the lower index comes first.
struct Neighbors {
  Tensor index;     // int64 [N, count]
  Tensor distance;  // float64 [N, count], Euclidean
};

/// The `count` candidates nearest to each query, for example to see whether fakes copy training images. `count` must be
/// at least 1 and at most the number of candidates.
Neighbors nearest_neighbors(const Tensor& queries, const Tensor& candidates, std::int64_t count,
                            const OnProgress& progress = {});

/// The mean Euclidean distance over all pairs of rows; 0 if all rows are equal. Needs at least 2 rows.
double mean_pairwise_distance(const Tensor& features, const OnProgress& progress = {});

}  // namespace cspgan
