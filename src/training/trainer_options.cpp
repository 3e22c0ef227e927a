// Checks of TrainerOptions, and their optimizers and schedules from recipes.
#include "cspgan/training/trainer_options.hpp"

#include <fmt/format.h>

namespace cspgan {

void TrainerOptions::validate() const {
  for (const std::int64_t every : {generator_interval, discriminator_interval})
    if (every < 1)
      throw OptionError(fmt::format("generator_interval and discriminator_interval must be >= 1, not {}", every));
  ema.validate();
}

void assign(AnyOptimizer& out, const Value& value, std::string_view where) { out = optimizers().make(value, where); }
void assign(AnySchedule& out, const Value& value, std::string_view where) { out = schedules().make(value, where); }

}  // namespace cspgan
