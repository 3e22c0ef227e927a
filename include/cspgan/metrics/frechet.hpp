// The distance between two Gaussians that the Fréchet inception distance is.
#pragma once

#include "cspgan/core/on_progress.hpp"
#include "cspgan/metrics/feature_statistics.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), at least 0 (Dowson and Landau 1982; Heusel et al. 2017, 6.1), in
/// float64. The root's trace is the sum of the roots of the eigenvalues of L^T C2 L, C1 = L L^T (Cholesky), where an
/// estimate of their rounding errors (Higham and Mary 2019) says that eight digits are right, else of the singular
/// values of C1^(1/2) C2^(1/2), each factor from a symmetric eigendecomposition: no complex numbers, no jitter, and
/// right for singular, tiny and huge covariances. It is called FID for the features of one network only; see
/// docs/metrics.md. For D = 2048 some 2 s on one core, up to 10 s where a covariance is singular: `progress` is told
/// between the steps. Throws Error for different dimensions or fewer than 2 samples.
double frechet_distance(const FeatureStatistics& first, const FeatureStatistics& second,
                        const OnProgress& progress = {});

}  // namespace cspgan
