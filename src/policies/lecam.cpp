// LeCam regularization and its running means.
#include "cspgan/policies/lecam.hpp"

#include "core/checks.hpp"
#include "cspgan/core/range.hpp"

namespace cspgan {
namespace {

/// The running mean starts at the first mean, not at an arbitrary value.
Tensor advanced(const Tensor& running, const Tensor& scores, double decay) {
  const Tensor mean = scores.detach().mean();
  return running.defined() ? mean.lerp(running.to(mean.options()), decay) : mean;
}

}  // namespace

Tensor LeCam::discriminator_penalty(const DiscriminatorUpdate& update, StepContext& step) {
  real_mean = advanced(real_mean, update.scores.real, decay);
  fake_mean = advanced(fake_mean, update.scores.fake, decay);
  if (step.kimg() < from_kimg) return {};
  Tensor real_distance = update.scores.real.sub(fake_mean);
  Tensor fake_distance = real_mean.sub(update.scores.fake);
  if (one_sided) {
    real_distance = real_distance.relu();
    fake_distance = fake_distance.relu();
  }
  return real_distance.square().mean().add(fake_distance.square().mean()).mul(weight);
}

void LeCam::save(StateWriter& writer) const {
  writer.integer("started", real_mean.defined() ? 1 : 0);
  if (!real_mean.defined()) return;
  writer.tensor("real_mean", real_mean);
  writer.tensor("fake_mean", fake_mean);
}

void LeCam::load(StateReader& reader) {
  const bool started = reader.integer("started") != 0;
  real_mean = started ? reader.tensor("real_mean").clone() : Tensor();
  fake_mean = started ? reader.tensor("fake_mean").clone() : Tensor();
}

void LeCam::validate() const {
  detail::require_not_negative(weight, "lecam: weight");
  require_within(decay, {0, 1}, "lecam: decay");
  detail::require_not_negative(from_kimg, "lecam: from_kimg");
}

}  // namespace cspgan
