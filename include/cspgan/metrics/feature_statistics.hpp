// Mean and covariance of features: all that the Fréchet distance knows of a set of images.
#pragma once

#include <cstdint>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Gathers features batch by batch, in float64; the memory is that of one covariance, however many rows come (Chan,
/// Golub, LeVeque 1979: batches are centered before they are squared, so that large means cost no digits).
class FeatureStatistics {
 public:
  FeatureStatistics() = default;
  /// Statistics that came from elsewhere: mean [D], covariance [D, D]. Throws Error for other shapes, values that are
  /// not finite, a covariance that is not symmetric, or a count below 2.
  FeatureStatistics(std::int64_t count, const Tensor& mean, const Tensor& covariance);

  /// Rows of a float tensor [N, D]. Throws Error for another shape or dimension, or values that are not finite; then
  /// nothing is added.
  void add(const Tensor& features);

  std::int64_t count() const { return count_; }
  /// D; 0 before the first row.
  std::int64_t dimension() const { return count_ == 0 ? 0 : mean_.size(0); }
  /// float64 [D], on the CPU. Throws Error before the first row.
  Tensor mean() const;
  /// float64 [D, D], divided by count - 1 as NumPy's cov does. Throws Error for fewer than 2 rows.
  Tensor covariance() const;

 private:
  std::int64_t count_ = 0;
  Tensor mean_;     // float64 [D]
  Tensor scatter_;  // float64 [D, D], the sum of (x - mean)(x - mean)^T
};

/// The statistics of all rows of a float tensor [N, D], which are added in parts. Throws what `add` throws.
FeatureStatistics statistics_of(const Tensor& features, const OnProgress& progress = {});

}  // namespace cspgan
