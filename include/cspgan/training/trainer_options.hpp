// The options of a Trainer, other than its loss and policies.
#pragma once

#include <cstdint>

#include "cspgan/core/options.hpp"
#include "cspgan/training/ema.hpp"
#include "cspgan/training/optimizers.hpp"
#include "cspgan/training/schedules.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The number type of convolutions and matrix products; bfloat16 is autocast (weights stay float32).
enum class Precision { float32, bfloat16 };
template <>
struct EnumNames<Precision> {
  static constexpr std::array names{std::pair{Precision::float32, "float32"},
                                    std::pair{Precision::bfloat16, "bfloat16"}};
};

/// Options of a Trainer. Seed and device are not described fields, because a recipe has one of each for the whole run.
/// validate() throws OptionError, naming the option, if a value is out of range.
struct TrainerOptions {
  std::uint64_t seed = 1;  // seed of the latents and of all randomness in policies
  AnyOptimizer generator_optimizer = Adam{};
  AnyOptimizer discriminator_optimizer = Adam{};
  AnySchedule generator_schedule = ConstantRate{};
  AnySchedule discriminator_schedule = ConstantRate{};
  std::int64_t generator_interval = 1;      // the generator is updated in steps 0, n, 2n, ...
  std::int64_t discriminator_interval = 1;  // the same for the discriminator
  bool fresh_latents = false;               // whether the generator's update draws fakes of its own
  EmaOptions ema{};
  Precision precision = Precision::float32;
  std::string device = "auto";  // auto, cpu, cuda or cuda:<index>
  bool channels_last = true;    // memory layout of images and convolution weights

  static void describe(auto&& self, auto&& field) {
    field("generator_optimizer", self.generator_optimizer, "algorithm that updates the generator's weights");
    field("discriminator_optimizer", self.discriminator_optimizer,
          "algorithm that updates the discriminator's weights");
    field("generator_schedule", self.generator_schedule, "how the generator's learning rate changes over the run");
    field("discriminator_schedule", self.discriminator_schedule,
          "how the discriminator's learning rate changes over the run");
    field("generator_interval", self.generator_interval, "steps from one update of the generator to the next, >= 1");
    field("discriminator_interval", self.discriminator_interval,
          "steps from one update of the discriminator to the next, >= 1; 3: one update in three steps");
    field("fresh_latents", self.fresh_latents,
          "draw new latents for the generator's update, as StyleGAN2 does; false: both updates share the fakes, which "
          "saves a pass of the generator");
    field("ema", self.ema, "exponential moving average of the generator's weights");
    field("precision", self.precision, "number format of convolutions and products; bfloat16 by autocast");
    field("channels_last", self.channels_last, "store images and weights channels-last, which is faster");
  }
  void validate() const;
};

inline Value to_value(const AnyOptimizer& optimizer) { return optimizer.describe(); }
inline Value to_value(const AnySchedule& schedule) { return schedule.describe(); }
void assign(AnyOptimizer& out, const Value& value, std::string_view where);
void assign(AnySchedule& out, const Value& value, std::string_view where);

}  // namespace cspgan
