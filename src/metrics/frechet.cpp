// The Fréchet distance.
#include "cspgan/metrics/frechet.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_eigvalsh.h>
#include <ATen/ops/linalg_svdvals.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "cspgan/core/error.hpp"

namespace cspgan {

namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();
constexpr double good_enough = 1e-8;  // relative error of the root's trace, for the short way to it

/// tr (C1 C2)^(1/2) from the eigenvalues of L^T C2 L, C1 = L L^T, in a fifth of the time of the singular values below;
/// nullopt if the roots of small ones would lose digits. Rounding moves each eigenvalue by eps |C1| |C2| at most,
/// the Frobenius norms, unless its errors conspire (Higham and Mary 2019), and so its root by that over the root.
std::optional<double> root_from_eigenvalues(const Tensor& covariance_1, const Tensor& covariance_2) {
  const double error = epsilon * covariance_1.norm().item<double>() * covariance_2.norm().item<double>();
  const auto [lower, info] = at::linalg_cholesky_ex(covariance_1);
  if (info.item<int>() != 0 || !std::isfinite(error)) return std::nullopt;
  const Tensor values = at::linalg_eigvalsh(lower.t().mm(covariance_2).mm(lower));  // ascending
  if (!(values[0].item<double>() > error)) return std::nullopt;
  const Tensor roots = values.sqrt();
  const double root = roots.sum().item<double>();
  if (error * roots.reciprocal().sum().item<double>() > good_enough * root) return std::nullopt;
  return root;
}

/// F [R, D] with F^T F = covariance, of rank R: eigenvalues that rounding alone can explain are left out, since the
/// root would blow them up.
Tensor factor(const Tensor& covariance) {
  const auto [values, vectors] = at::linalg_eigh(covariance);  // ascending
  const std::int64_t size = values.size(0);
  const double noise = epsilon * static_cast<double>(size) * std::max(values[size - 1].item<double>(), 0.0);
  const std::int64_t rank = (values > noise).sum().item<std::int64_t>();
  return vectors.narrow(1, size - rank, rank).t() * values.narrow(0, size - rank, rank).sqrt().unsqueeze(1);
}

/// The same as the sum of the singular values of F1 F2^T, which is right to the last digits for singular covariances
/// too.
template <class Tell>
double root_from_singular_values(const Tensor& covariance_1, const Tensor& covariance_2, const Tell& tell) {
  const Tensor factor_1 = factor(covariance_1);
  tell(2);
  const Tensor product = factor_1.mm(factor(covariance_2).t());
  tell(3);
  return product.numel() == 0 ? 0 : at::linalg_svdvals(product).sum().item<double>();
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
    if (progress) progress(done, 4);
  };
  std::optional<double> root = root_from_eigenvalues(covariance_1, covariance_2);
  tell(1);
  if (!root) root = root_from_singular_values(covariance_1, covariance_2, tell);
  tell(4);
  return std::max(shift + traces - 2 * *root, 0.0);
}

}  // namespace cspgan
