// The mean and covariance of features, which are all that the Fréchet distance needs of a set of images.
#pragma once

#include <cstdint>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Accumulates the mean and covariance of features batch by batch, in float64. Its memory is that of one covariance,
/// for any number of rows. Each batch is centered before it is squared (Chan, Golub and LeVeque 1979), so large means
/// cost no digits.
class FeatureStatistics {
 public:
  FeatureStatistics() = default;
  /// Takes statistics that were computed elsewhere: mean [D] and covariance [D, D]. Throws Error for other shapes,
  /// values that are not finite, a covariance that is not symmetric, or a count below 2.
  FeatureStatistics(std::int64_t count, const Tensor& mean, const Tensor& covariance);

  /// Adds the rows of a float tensor [N, D]. Throws Error, and adds nothing, if the shape or D differs or if a value is
  /// not finite.
  void add(const Tensor& features);

  std::int64_t count() const { return count_; }
  /// D; 0 before the first row.
  std::int64_t dimension() const { return count_ == 0 ? 0 : mean_.size(0); }
  /// float64 [D], on the CPU. Throws Error before the first row.
  Tensor mean() const;
  /// float64 [D, D], on the CPU, with divisor count - 1 as in NumPy's cov. Throws Error for fewer than 2 rows.
  Tensor covariance() const;

 private:
  std::int64_t count_ = 0;
  Tensor mean_;     // float64 [D]
  Tensor scatter_;  // float64 [D, D], the sum of (x - mean)(x - mean)^T
};

/// The statistics of all rows of a float tensor [N, D]. The rows are added in parts, and `progress` is told after each.
/// Throws what `add` throws.
FeatureStatistics statistics_of(const Tensor& features, const OnProgress& progress = {});

}  // namespace cspgan
