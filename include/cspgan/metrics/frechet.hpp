// The distance between two Gaussians that the Fréchet inception distance is.
#pragma once

#include "cspgan/metrics/feature_statistics.hpp"
#include "cspgan/metrics/progress.hpp"

namespace cspgan {

/// |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), at least 0 (Dowson and Landau 1982; Heusel et al. 2017, 6.1), in
/// float64. The root's trace is the sum of the singular values of C1^(1/2) C2^(1/2), each factor from a symmetric
/// eigendecomposition: no complex numbers, no jitter, and right for singular, tiny and huge covariances.
/// It is called FID for the features of one network only; see docs/metrics.md.
/// Three decompositions of [D, D], some 10 s for D = 2048 on one core: `progress` is told after each.
/// Throws Error for different dimensions or fewer than 2 samples.
double frechet_distance(const FeatureStatistics& first, const FeatureStatistics& second,
                        const OnProgress& progress = {});

}  // namespace cspgan
