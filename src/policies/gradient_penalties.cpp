// Gradient penalties. The gradient with respect to the images is computed with a graph, so that the penalty can be
// differentiated with respect to the discriminator's parameters.
#include "cspgan/policies/gradient_penalties.hpp"

#include <torch/csrc/autograd/autograd.h>

#include "core/checks.hpp"
#include "cspgan/core/shapes.hpp"

namespace cspgan {
namespace {

/// |g|^2 for each image, [N].
Tensor squared_norms(const Tensor& images, const Tensor& scores) {
  const auto gradients = torch::autograd::grad({scores.sum()}, {images}, {}, /*retain_graph=*/true,
                                               /*create_graph=*/true);
  return gradients.front().flatten(1).square().sum(1);
}

Tensor squared_norms_at(const Tensor& points, const DiscriminatorUpdate& update) {
  const Tensor images = points.detach().requires_grad_(true);
  return squared_norms(images, update.score(images));
}

/// If the images require gradients, the existing scores depend on them, which saves a second pass.
Tensor squared_norms_at_real(const DiscriminatorUpdate& update) {
  return update.real.requires_grad() ? squared_norms(update.real, update.scores.real)
                                     : squared_norms_at(update.real, update);
}
Tensor squared_norms_at_fake(const DiscriminatorUpdate& update) {
  return update.fake.requires_grad() ? squared_norms(update.fake, update.scores.fake)
                                     : squared_norms_at(update.fake, update);
}

Tensor squared_norms_between(const DiscriminatorUpdate& update, StepContext& step) {
  if (update.real.sizes() != update.fake.sizes())
    throw Error(
        fmt::format("gradient_penalty: interpolation needs as many real as fake images, but they have {} and "
                    "{}",
                    shape_text(update.real), shape_text(update.fake)));
  std::vector<std::int64_t> one_an_image(static_cast<std::size_t>(update.real.dim()), 1);
  one_an_image.front() = update.real.size(0);
  const Tensor share = step.random.uniform(one_an_image, {0, 1}, update.real.scalar_type());
  return squared_norms_at(update.fake.detach().lerp(update.real.detach(), share), update);
}

double times_every(double factor, std::int64_t every) { return factor * static_cast<double>(every); }

}  // namespace

Tensor GradientPenalty::discriminator_penalty(const DiscriminatorUpdate& update, StepContext& step) const {
  if (!step.due(every)) return {};
  Tensor squared;
  if (at == PenaltyPoint::interpolated)
    squared = squared_norms_between(update, step);
  else
    squared = at == PenaltyPoint::real ? squared_norms_at_real(update) : squared_norms_at_fake(update);
  // The addend avoids NaN: the derivative of the square root at 0 is infinite, and infinity times a gradient of 0 is
  // NaN.
  return squared.add(1e-12).sqrt().sub(target_norm).square().mean().mul(times_every(weight, every));
}

void GradientPenalty::validate() const {
  detail::require_not_negative(weight, "gradient_penalty: weight");
  detail::require_not_negative(target_norm, "gradient_penalty: target_norm");
  detail::require_at_least(every, 1, "gradient_penalty: every");
}

double recommended_gamma(const Tensor& images) {
  return 0.0002 * static_cast<double>(images.size(2) * images.size(3)) / static_cast<double>(images.size(0));
}

Tensor R1::discriminator_penalty(const DiscriminatorUpdate& update, StepContext& step) const {
  if (!step.due(every)) return {};
  return squared_norms_at_real(update).mean().mul(
      times_every(gamma.value_or(recommended_gamma(update.real)) / 2, every));
}

void R1::validate() const {
  if (gamma) detail::require_not_negative(*gamma, "r1: gamma");
  detail::require_at_least(every, 1, "r1: every");
}

Tensor R2::discriminator_penalty(const DiscriminatorUpdate& update, StepContext& step) const {
  if (!step.due(every)) return {};
  return squared_norms_at_fake(update).mean().mul(
      times_every(gamma.value_or(recommended_gamma(update.fake)) / 2, every));
}

void R2::validate() const {
  if (gamma) detail::require_not_negative(*gamma, "r2: gamma");
  detail::require_at_least(every, 1, "r2: every");
}

}  // namespace cspgan
