// Mean and covariance in float64.
#include "cspgan/metrics/feature_statistics.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/isfinite.h>
#include <fmt/format.h>

#include "cspgan/core/error.hpp"
#include "cspgan/core/shapes.hpp"
#include "metrics/checks.hpp"

namespace cspgan {

FeatureStatistics::FeatureStatistics(std::int64_t count, const Tensor& mean, const Tensor& covariance) : count_(count) {
  if (count < 2) throw Error(fmt::format("statistics of {} images have no covariance", count));
  if (!mean.defined() || !covariance.defined() || mean.dim() != 1 || covariance.dim() != 2 ||
      covariance.size(0) != mean.size(0) || covariance.size(1) != mean.size(0))
    throw Error(fmt::format("statistics are a mean [D] and a covariance [D, D], not {} and {}", shape_text(mean),
                            shape_text(covariance)));
  mean_ = mean.to(at::kCPU, at::kDouble);
  const Tensor matrix = covariance.to(at::kCPU, at::kDouble);
  if (!at::isfinite(mean_).all().item<bool>() || !at::isfinite(matrix).all().item<bool>())
    throw Error("statistics hold values that are infinite or not a number");
  if (!matrix.allclose(matrix.t(), 1e-6, 1e-9 * matrix.abs().max().item<double>()))
    throw Error("the covariance is not symmetric");
  scatter_ = (matrix + matrix.t()) * (0.5 * static_cast<double>(count - 1));
}

void FeatureStatistics::add(const Tensor& features) {
  require_features(features, 1, "statistics");
  if (count_ > 0 && features.size(1) != dimension())
    throw Error(
        fmt::format("statistics: features of {} dimensions were added to those of {}", features.size(1), dimension()));
  const Tensor rows = features.to(at::kCPU, at::kDouble);
  const std::int64_t added = rows.size(0);
  const Tensor batch_mean = rows.mean(0);
  const Tensor centered = rows - batch_mean;
  const Tensor batch_scatter = centered.t().mm(centered);
  if (count_ == 0) {
    count_ = added;
    mean_ = batch_mean;
    scatter_ = batch_scatter;
    return;
  }
  const Tensor shift = batch_mean - mean_;
  const double total = static_cast<double>(count_ + added);
  // Never in place: copies of these statistics share their tensors.
  scatter_ = (scatter_ + batch_scatter)
                 .addr_(shift, shift, 1, static_cast<double>(count_) * static_cast<double>(added) / total);
  mean_ = mean_ + shift * (static_cast<double>(added) / total);
  count_ += added;
}

Tensor FeatureStatistics::mean() const {
  if (count_ < 1) throw Error("there are no images to take the mean of");
  return mean_;
}

Tensor FeatureStatistics::covariance() const {
  if (count_ < 2) throw Error(fmt::format("{} images are too few for a covariance; at least 2 are needed", count_));
  return scatter_ / static_cast<double>(count_ - 1);
}

FeatureStatistics statistics_of(const Tensor& features, const OnProgress& progress) {
  constexpr std::int64_t rows = 1024;
  FeatureStatistics gathered;
  for (std::int64_t first = 0; first < features.size(0); first += rows) {
    gathered.add(features.slice(0, first, first + rows));
    if (progress) progress(gathered.count(), features.size(0));
  }
  return gathered;
}

}  // namespace cspgan
