// Learning-rate factors over a run.
#include "cspgan/training/schedules.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace cspgan {

namespace {

void validate_decay(double start, double final_factor, const std::string& name) {
  if (!(start >= 0 && start < 1)) throw OptionError(name + ": start must lie in [0, 1), not " + std::to_string(start));
  require_within(final_factor, {0, 1}, name + ": final_factor");
}

/// The progress of the decay, in [0, 1].
double decayed(const Progress& progress, double start) {
  return std::clamp((progress.fraction - start) / (1 - start), 0.0, 1.0);
}

}  // namespace

void StepDecay::validate() const {
  if (!(gamma > 0 && gamma <= 1)) throw OptionError("step: gamma must lie in (0, 1], not " + std::to_string(gamma));
  if (!(every_epochs > 0)) throw OptionError("step: every_epochs must be > 0, not " + std::to_string(every_epochs));
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
