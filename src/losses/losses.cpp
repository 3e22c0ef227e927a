// The formulas of the losses, and the shape checks before them.
#include "cspgan/losses/losses.hpp"

#include <ATen/core/Reduction.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/softplus.h>
#include <fmt/format.h>

#include <cmath>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/shapes.hpp"

namespace cspgan {
namespace {

void require_scores(const Tensor& scores, std::string_view loss, std::string_view which) {
  if (scores.defined() && scores.dim() == 1) return;
  throw Error(
      fmt::format("{}: scores.{} must have shape [N], one logit an image, but has {}; flatten the "
                  "discriminator's output",
                  loss, which, shape_text(scores)));
}

void require_targets(const Tensor& targets, const Tensor& scores, std::string_view loss, std::string_view which) {
  if (targets.defined() && targets.sizes() == scores.sizes()) return;
  throw Error(fmt::format("{}: targets.{} has shape {} beside scores of {}", loss, which, shape_text(targets),
                          shape_text(scores)));
}

void require_both(const Scores& scores, std::string_view loss) {
  require_scores(scores.real, loss, "real");
  require_scores(scores.fake, loss, "fake");
}

void require_both(const Scores& scores, const Targets& targets, std::string_view loss) {
  require_both(scores, loss);
  require_targets(targets.real, scores.real, loss, "real");
  require_targets(targets.fake, scores.fake, loss, "fake");
}

Tensor cross_entropy(const Tensor& scores, const Tensor& targets) {
  return at::binary_cross_entropy_with_logits(scores, targets, {}, {}, at::Reduction::Mean);
}

Tensor half_squared_distance(const Tensor& scores, const Tensor& targets) {
  return scores.sub(targets).square().mean().mul(0.5);
}

Tensor weighted(Tensor loss, double weight) { return weight == 1 ? loss : loss.mul(weight); }

/// E[softplus(-(better - worse))], which is small if `better` scores higher than `worse` in each pair.
Tensor pairing(const Tensor& better, const Tensor& worse) {
  if (better.sizes() != worse.sizes())
    throw Error(
        fmt::format("relativistic_pairing: as many real as fake images are needed, but their scores have {} "
                    "and {}",
                    shape_text(better), shape_text(worse)));
  return at::softplus(worse.sub(better)).mean();
}

}  // namespace

void detail::validate_loss_weight(double weight, std::string_view loss) {
  require_positive(weight, fmt::format("{}: discriminator_weight", loss));
}

Tensor NonSaturatingLoss::discriminator(const Scores& scores, const Targets& targets) const {
  require_both(scores, targets, name);
  return weighted(cross_entropy(scores.real, targets.real).add(cross_entropy(scores.fake, targets.fake)),
                  discriminator_weight);
}

Tensor NonSaturatingLoss::generator(const Scores& scores, const Targets& targets) const {
  require_scores(scores.fake, name, "fake");
  require_targets(targets.real, scores.fake, name, "real");
  return cross_entropy(scores.fake, targets.real);
}

Tensor SaturatingLoss::discriminator(const Scores& scores, const Targets& targets) const {
  require_both(scores, targets, name);
  return weighted(cross_entropy(scores.real, targets.real).add(cross_entropy(scores.fake, targets.fake)),
                  discriminator_weight);
}

Tensor SaturatingLoss::generator(const Scores& scores, const Targets& targets) const {
  require_scores(scores.fake, name, "fake");
  require_targets(targets.fake, scores.fake, name, "fake");
  return cross_entropy(scores.fake, targets.fake).neg();
}

Tensor LeastSquaresLoss::discriminator(const Scores& scores, const Targets& targets) const {
  require_both(scores, targets, name);
  const Tensor real = half_squared_distance(scores.real, targets.real);
  return weighted(real.add(half_squared_distance(scores.fake, targets.fake)), discriminator_weight);
}

Tensor LeastSquaresLoss::generator(const Scores& scores, const Targets& targets) const {
  require_scores(scores.fake, name, "fake");
  require_targets(targets.real, scores.fake, name, "real");
  return half_squared_distance(scores.fake, targets.real);
}

Tensor HingeLoss::discriminator(const Scores& scores) const {
  require_both(scores, name);
  return weighted(at::relu(scores.real.neg().add(1)).mean().add(at::relu(scores.fake.add(1)).mean()),
                  discriminator_weight);
}

Tensor HingeLoss::generator(const Scores& scores) const {
  require_scores(scores.fake, name, "fake");
  return scores.fake.mean().neg();
}

Tensor WassersteinLoss::discriminator(const Scores& scores) const {
  require_both(scores, name);
  return weighted(scores.fake.mean().sub(scores.real.mean()), discriminator_weight);
}

Tensor WassersteinLoss::generator(const Scores& scores) const {
  require_scores(scores.fake, name, "fake");
  return scores.fake.mean().neg();
}

Tensor RelativisticPairingLoss::discriminator(const Scores& scores) const {
  require_both(scores, name);
  return weighted(pairing(scores.real, scores.fake), discriminator_weight);
}

Tensor RelativisticPairingLoss::generator(const Scores& scores) const {
  require_both(scores, name);
  return pairing(scores.fake, scores.real);
}

}  // namespace cspgan
