// Learning-rate factors over a run.
#include "cspgan/training/schedules.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/checks.hpp"

namespace cspgan {

namespace {

void validate_decay(double start, double final_factor, const std::string& name) {
  detail::require(start >= 0 && start < 1, name + ": start", "in [0, 1)", start);
  require_within(final_factor, {0, 1}, name + ": final_factor");
}

/// The progress of the decay, in [0, 1].
double decayed(const Progress& progress, double start) {
  return std::clamp((progress.fraction - start) / (1 - start), 0.0, 1.0);
}

}  // namespace

void StepDecay::validate() const {
  detail::require(gamma > 0 && gamma <= 1, "step: gamma", "in (0, 1]", gamma);
  detail::require_positive(every_epochs, "step: every_epochs");
}
double StepDecay::factor(const Progress& progress) const {
  return std::pow(gamma, std::floor(progress.epoch / every_epochs));
}

void LinearDecay::validate() const { validate_decay(start, final_factor, "linear"); }
double LinearDecay::factor(const Progress& progress) const { return 1 + (final_factor - 1) * decayed(progress, start); }

void CosineDecay::validate() const { validate_decay(start, final_factor, "cosine"); }
double CosineDecay::factor(const Progress& progress) const {
  return final_factor + (1 - final_factor) * 0.5 * (1 + std::cos(std::numbers::pi * decayed(progress, start)));
}

const Registry<AnySchedule>& schedules() {
  static const auto registry =
      Registry<AnySchedule>("schedule").add<ConstantRate>().add<StepDecay>().add<LinearDecay>().add<CosineDecay>();
  return registry;
}

}  // namespace cspgan
