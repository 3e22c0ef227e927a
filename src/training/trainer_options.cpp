// Checks of TrainerOptions, and their optimisers and schedules from recipes.
#include "cspgan/training/trainer_options.hpp"

#include <fmt/format.h>

namespace cspgan {

void TrainerOptions::validate() const {
  for (const std::int64_t every : {generator_every, discriminator_every})
    if (every < 1)
      throw OptionError(fmt::format("generator_every and discriminator_every must be >= 1, not {}", every));
  average.validate();
}

void assign(AnyOptimizer& out, const Value& value, std::string_view where) { out = optimizers().make(value, where); }
void assign(AnySchedule& out, const Value& value, std::string_view where) { out = schedules().make(value, where); }

}  // namespace cspgan
