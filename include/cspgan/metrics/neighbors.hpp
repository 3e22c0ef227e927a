// Metrics from nearest neighbors: do the fakes lie where the reals do, and everywhere they do?
//
// All compare exact distances: matrix products in float64 decide where their rounding error cannot, and where it could,
// the two rows are subtracted. So equal rows are at distance 0, ties are ties, and no metric depends on the block size,
// the machine or the order of the images. Memory beside the features: some 64 MiB, whatever their number.
// Features are float32 or float64 [N, D] on the CPU; all throw Error for other shapes, sets of different D, too few
// rows or values that are not finite.
#pragma once

#include <cstdint>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Each in [0, 1], but density, which has no upper end; 1 is best.
struct Prdc {
  double precision = 0;  // share of fakes within the k-th neighbor distance of some real
  double recall = 0;     // share of reals within the k-th neighbor distance of some fake
  double density = 0;    // mean number of reals around whose fakes lie so, over k; less moved by outliers
  double coverage = 0;   // share of reals with a fake nearer than their k-th real neighbor
};

/// Precision and recall (Kynkäänniemi et al. 2019, 3), density and coverage (Naeem et al. 2020, 3), with "within" as
/// strictly nearer, as the latter's own program has it. Needs more than `neighbors` rows of each; `neighbors` >= 1.
Prdc prdc(const Tensor& real, const Tensor& fake, std::int64_t neighbors = 5, const OnProgress& progress = {});

/// Shares in [0, 1] of images whose nearest other image, of both sets together, is of their own set; a tie counts half.
struct NearestNeighborTest {
  double total = 0;  // 0.5 if the sets cannot be told apart; 1 if they lie apart; 0 if each fake copies a real
  double real = 0;   // near 1 with fake near 1: fakes lie apart; low: fakes crowd around reals
  double fake = 0;   // near 1 alone: fakes are too much alike, as in mode collapse
};

/// The leave-one-out 1-NN two-sample test (Lopez-Paz and Oquab 2017; Xu et al. 2018). Meaningful for sets of equal size
/// only, and each needs 2 rows or more.
NearestNeighborTest nearest_neighbor_test(const Tensor& real, const Tensor& fake, const OnProgress& progress = {});

/// Row i: the nearest rows of the candidates to query i, nearest first; the lower index first in a tie.
struct Neighbors {
  Tensor index;     // int64 [N, count]
  Tensor distance;  // float64 [N, count], Euclidean
};

/// Are fakes copies of training images? Needs 1 <= count <= the number of candidates.
Neighbors nearest_neighbors(const Tensor& queries, const Tensor& candidates, std::int64_t count,
                            const OnProgress& progress = {});

/// The mean Euclidean distance between two different rows; 0 if all are alike. Needs 2 rows or more.
double mean_pairwise_distance(const Tensor& features, const OnProgress& progress = {});

}  // namespace cspgan
