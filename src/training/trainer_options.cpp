// Checks of TrainerOptions, and their optimizers and schedules from recipes.
#include "cspgan/training/trainer_options.hpp"

#include "core/checks.hpp"

namespace cspgan {

void TrainerOptions::validate() const {
  detail::require_at_least(generator_interval, 1, "generator_interval");
  detail::require_at_least(discriminator_interval, 1, "discriminator_interval");
  ema.validate();
}

void assign(AnyOptimizer& out, const Value& value, std::string_view where) { out = optimizers().make(value, where); }
void assign(AnySchedule& out, const Value& value, std::string_view where) { out = schedules().make(value, where); }

}  // namespace cspgan
