// The Fréchet distance.
#include "cspgan/metrics/frechet.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_svdvals.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "cspgan/core/error.hpp"

namespace cspgan {

namespace {

/// F [R, D] with F^T F = covariance, of rank R: eigenvalues that rounding alone can explain are left out, since the
/// root would blow them up.
Tensor factor(const Tensor& covariance) {
  const auto [values, vectors] = at::linalg_eigh(covariance);  // ascending
  const std::int64_t size = values.size(0);
  const double noise = std::numeric_limits<double>::epsilon() * static_cast<double>(size) *
                       std::max(values[size - 1].item<double>(), 0.0);
  const std::int64_t rank = (values > noise).sum().item<std::int64_t>();
  return vectors.narrow(1, size - rank, rank).t() * values.narrow(0, size - rank, rank).sqrt().unsqueeze(1);
}

}  // namespace

double frechet_distance(const FeatureStatistics& first, const FeatureStatistics& second, const OnProgress& progress) {
  if (first.dimension() != second.dimension())
    throw Error(fmt::format("a Fréchet distance needs features of one extractor, not of {} and {} dimensions",
                            first.dimension(), second.dimension()));
  const Tensor covariance_1 = first.covariance(), covariance_2 = second.covariance();
  const double shift = (first.mean() - second.mean()).square().sum().item<double>();
  const double traces = (covariance_1.trace() + covariance_2.trace()).item<double>();
  const auto tell = [&](std::int64_t done) {
    if (progress) progress(done, 3);
  };
  const Tensor factor_1 = factor(covariance_1);
  tell(1);
  const Tensor factor_2 = factor(covariance_2);
  tell(2);
  const Tensor product = factor_1.mm(factor_2.t());
  const double root = product.numel() == 0 ? 0 : at::linalg_svdvals(product).sum().item<double>();
  tell(3);
  return std::max(shift + traces - 2 * root, 0.0);
}

}  // namespace cspgan
