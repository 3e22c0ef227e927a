// t-SNE (van der Maaten and Hinton 2008).
#include "cspgan/metrics/tsne.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/random.hpp"
#include "metrics/checks.hpp"

namespace cspgan {

namespace {

constexpr double early_momentum = 0.5, late_momentum = 0.8;
constexpr std::int64_t early_iterations = 250;                       // until the momentum changes
constexpr double gain_up = 0.2, gain_down = 0.8, least_gain = 0.01;  // Jacobs 1988, as the authors' program has it
constexpr double start_deviation = 1e-2;

Tensor squared_lengths(const Tensor& rows) { return rows.square().sum(1, /*keepdim=*/true); }

/// Squared distances [N, N], infinite from a row to itself.
Tensor squared_distances(const Tensor& rows) {
  const Tensor centered = rows - rows.mean(0, /*keepdim=*/true);
  const Tensor lengths = squared_lengths(centered);
  Tensor distances = at::addmm(lengths + lengths.t(), centered, centered.t(), /*beta=*/1, /*alpha=*/-2).clamp_min_(0);
  distances.fill_diagonal_(std::numeric_limits<double>::infinity());
  return distances;
}

}  // namespace

void TsneOptions::validate() const {
  const auto is_factor = [](double value) { return std::isfinite(value) && value >= 1; };
  detail::require(is_factor(perplexity), "t-SNE: perplexity", "finite and at least 1", perplexity);
  detail::require_from_to(iterations, 1, 1'000'000, "t-SNE: iterations");
  detail::require_positive(learning_rate, "t-SNE: learning_rate");
  detail::require(is_factor(exaggeration), "t-SNE: exaggeration", "finite and at least 1", exaggeration);
  detail::require_at_least(exaggerated_iterations, 0, "t-SNE: exaggerated_iterations");
}

Tensor conditional_affinities(const Tensor& features, double perplexity) {
  require_features(features, 3, "t-SNE");
  const std::int64_t count = features.size(0);
  if (!(perplexity >= 1 && perplexity <= static_cast<double>(count - 1)))
    throw OptionError(
        fmt::format("t-SNE: perplexity must lie in [1, {}] for {} images, not {}", count - 1, count, perplexity));
  // Distances beyond the nearest, in units of each row's mean: no exponential under- or overflows, and one range of
  // precisions serves all.
  Tensor excess = squared_distances(features.to(at::kDouble));
  excess.sub_(std::get<0>(excess.min(1, /*keepdim=*/true)));
  const Tensor finite = excess.clone().fill_diagonal_(0);
  const Tensor mean = finite.mean(1, /*keepdim=*/true);
  const Tensor unit = at::where(mean > 0, mean, at::ones_like(mean));
  excess.div_(unit);
  const Tensor beyond = finite / unit;

  const double wanted = std::log(perplexity);
  Tensor low = at::full({count, 1}, -50.0, excess.options()), high = at::full({count, 1}, 50.0, excess.options());
  Tensor affinities;
  for (int halving = 0; halving < 60; ++halving) {  // of the logarithm of the precision, 1 / (2 sigma^2)
    const Tensor middle = (low + high) / 2;
    const Tensor precision = middle.exp();
    affinities = excess.mul(-precision).exp_();
    const Tensor sum = affinities.sum(1, /*keepdim=*/true);
    affinities.div_(sum);
    const Tensor entropy = sum.log() + precision * affinities.mul(beyond).sum(1, /*keepdim=*/true);
    const Tensor too_wide = entropy > wanted;
    low = at::where(too_wide, middle, low);
    high = at::where(too_wide, high, middle);
  }
  return affinities;
}

Tensor tsne_gradient(const Tensor& affinities, const Tensor& map) {
  // [-2 y, 1, 1 + |y|^2] . [y, |y|^2, 1] is 1 + |y_i - y_j|^2.
  const Tensor lengths = squared_lengths(map), one = at::ones_like(lengths);
  Tensor closeness = at::cat({map * -2, one, lengths + 1}, 1).mm(at::cat({map, lengths, one}, 1).t()).reciprocal_();
  closeness.fill_diagonal_(0);
  const Tensor total = closeness.sum();
  // 4 sum_j (p_ij - q_ij) w_ij (y_i - y_j), q = w / total
  const Tensor force = (closeness / -total).add_(affinities).mul_(closeness);
  return (force.sum(1, /*keepdim=*/true) * map - force.mm(map)).mul_(4);
}

Tensor tsne(const Tensor& features, const TsneOptions& options, const OnProgress& progress) {
  options.validate();
  const Tensor conditional = conditional_affinities(features, options.perplexity);
  const std::int64_t count = features.size(0);
  Tensor affinities = (conditional + conditional.t()).div_(static_cast<double>(2 * count));
  affinities.mul_(options.exaggeration);

  Tensor map = TensorRandom(options.seed, at::kCPU).normal({count, 2}, at::kDouble).mul_(start_deviation);
  Tensor velocity = at::zeros_like(map), gains = at::ones_like(map);
  for (std::int64_t i = 0; i < options.iterations; ++i) {
    if (i == options.exaggerated_iterations) affinities.div_(options.exaggeration);
    const Tensor gradient = tsne_gradient(affinities, map);
    // A step goes against the gradient: of equal signs, it would turn the velocity.
    const Tensor turns = (gradient > 0) == (velocity > 0);
    gains = at::where(turns, gains * gain_down, gains + gain_up).clamp_min_(least_gain);
    velocity.mul_(i < early_iterations ? early_momentum : late_momentum)
        .sub_(gains * gradient, /*alpha=*/options.learning_rate);
    map.add_(velocity);
    map.sub_(map.mean(0, /*keepdim=*/true));
    if (progress) progress(i + 1, options.iterations);
  }
  return map;
}

}  // namespace cspgan
