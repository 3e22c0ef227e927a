// The Inception score.
#include "cspgan/metrics/inception_score.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/xlogy.h>

#include <cmath>
#include <vector>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"
#include "metrics/checks.hpp"

namespace cspgan {

InceptionScore inception_score(const Tensor& probabilities, std::int64_t splits) {
  detail::require_at_least(splits, 1, "Inception score: splits");
  require_features(probabilities, splits, "Inception score");
  const Tensor all = probabilities.to(at::kDouble);
  if (all.min().item<double>() < 0 || (all.sum(1) - 1).abs().max().item<double>() > 1e-3)
    throw Error("Inception score: rows must be probabilities: not negative, and with sum 1");

  std::vector<double> scores;
  for (std::int64_t split = 0; split < splits; ++split) {
    const std::int64_t first = split * all.size(0) / splits, last = (split + 1) * all.size(0) / splits;
    const Tensor part = all.slice(0, first, last);
    const Tensor marginal = part.mean(0);
    const Tensor divergences = at::xlogy(part, part) - at::xlogy(part, marginal);  // 0 log 0 is 0
    scores.push_back(std::exp(divergences.sum(1).mean().item<double>()));
  }
  InceptionScore result{.splits = splits};
  for (const double score : scores) result.mean += score / static_cast<double>(splits);
  double squares = 0;
  for (const double score : scores) squares += (score - result.mean) * (score - result.mean);
  result.standard_deviation = std::sqrt(squares / static_cast<double>(splits));
  return result;
}

}  // namespace cspgan
