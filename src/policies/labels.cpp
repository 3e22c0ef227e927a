// The policies that edit targets by masks or noise, and the checks of their parameters.
#include "cspgan/policies/labels.hpp"

#include <ATen/ops/where.h>

#include "core/checks.hpp"
#include "cspgan/core/shapes.hpp"

namespace cspgan {
namespace {

/// Throws Error unless there are as many real as fake images, since real image i is paired with fake image i.
void require_pairs(const Targets& targets, std::string_view policy) {
  if (targets.real.sizes() != targets.fake.sizes())
    throw Error(fmt::format("{}: as many real as fake images are needed, but the targets have {} and {}", policy,
                            shape_text(targets.real), shape_text(targets.fake)));
}

Tensor bernoulli_like(const Tensor& like, double probability, StepContext& step) {
  return step.bernoulli_like(like, probability).to(at::kBool);
}

}  // namespace

void SoftLabels::validate() const {
  require_within(real, {0, 1}, "soft_labels: real");
  require_within(fake, {0, 1}, "soft_labels: fake");
}

void LabelSmoothing::validate() const {
  require_within(real, {0, 1}, "label_smoothing: real");
  require_within(fake, {0, 1}, "label_smoothing: fake");
  detail::require(fake < real, "label_smoothing: fake", fmt::format("below real ({})", real), fake);
}

Targets LabelFlips::edit_targets(Targets targets, StepContext& step) const {
  require_pairs(targets, name);
  const Tensor flipped = bernoulli_like(targets.real, probability, step);
  return {at::where(flipped, targets.fake, targets.real), at::where(flipped, targets.real, targets.fake)};
}

void LabelFlips::validate() const { require_within(probability, {0, 1}, "label_flips: probability"); }

Targets RealShownAsFake::edit_targets(Targets targets, StepContext& step) const {
  require_pairs(targets, name);
  const Tensor flipped = bernoulli_like(targets.real, probability, step);
  return {at::where(flipped, targets.fake, targets.real), targets.fake};
}

void RealShownAsFake::validate() const { require_within(probability, {0, 1}, "real_shown_as_fake: probability"); }

Targets LabelNoise::edit_targets(Targets targets, StepContext& step) const {
  const auto noisy = [&](const Tensor& target) { return target.add(step.normal_like(target), sigma).clamp(0, 1); };
  return {noisy(targets.real), noisy(targets.fake)};
}

void LabelNoise::validate() const { detail::require_not_negative(sigma, "label_noise: sigma"); }

}  // namespace cspgan
