// The Fréchet distance between two Gaussians; with Inception's features, it is the FID.
#pragma once

#include "cspgan/core/on_progress.hpp"
#include "cspgan/metrics/feature_statistics.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), at least 0, in float64 (Dowson and Landau 1982; Heusel et al. 2017,
/// section 6.1). It may be called FID only for the features of one network; see docs/metrics.md.
///
/// With the Cholesky factor L of C1 = L L^T, the trace of the root is the sum of the square roots of the eigenvalues of
/// L^T C2 L. This is used if an estimate of the rounding errors (Higham and Mary 2019) says that eight digits are
/// right. Otherwise the trace is the sum of the singular values of C1^(1/2) C2^(1/2), each factor from a symmetric
/// eigendecomposition. So there are no complex numbers and no jitter, and singular, tiny and huge covariances are
/// handled correctly. For D = 2048 it takes about 2 s on one core, or up to 10 s if a covariance is singular;
/// `progress` is told between the steps. Throws Error for different dimensions or fewer than 2 samples.
double frechet_distance(const FeatureStatistics& first, const FeatureStatistics& second,
                        const OnProgress& progress = {});

}  // namespace cspgan
