// How a Trainer trains, apart from what loss and policies say.
#pragma once

#include <cstdint>

#include "cspgan/core/options.hpp"
#include "cspgan/training/average.hpp"
#include "cspgan/training/optimizers.hpp"
#include "cspgan/training/schedules.hpp"

namespace cspgan {

/// The type of convolutions and products; bfloat16 is autocast (weights stay float32).
enum class Precision { float32, bfloat16 };
template <>
struct EnumNames<Precision> {
  static constexpr std::array names{std::pair{Precision::float32, "float32"},
                                    std::pair{Precision::bfloat16, "bfloat16"}};
};

/// Seed and device are not among the described fields: a recipe has one of each for the whole run.
struct TrainerOptions {
  std::uint64_t seed = 1;  // latents and all randomness of policies
  AnyOptimizer generator_optimizer = Adam{};
  AnyOptimizer discriminator_optimizer = Adam{};
  AnySchedule generator_schedule = ConstantRate{};
  AnySchedule discriminator_schedule = ConstantRate{};
  std::int64_t generator_every = 1;      // generator's turn in steps 0, n, 2n, ...
  std::int64_t discriminator_every = 1;  // discriminator's turn likewise
  AverageOptions average{};
  Precision precision = Precision::float32;
  std::string device = "auto";  // auto, cpu, cuda or cuda:<index>
  bool channels_last = true;    // how images and convolution weights lie in memory
  /// On a CUDA GPU: repeat the passes of steps that are alike as captured graphs. Networks and loss must do the same in
  /// each step (no part frozen, no strength changed midway); policies say by `variant` when they do.
  bool capture = false;

  static void describe(auto&& self, auto&& field) {
    field("generator_optimizer", self.generator_optimizer, "how the generator's weights are updated");
    field("discriminator_optimizer", self.discriminator_optimizer, "how the discriminator's weights are updated");
    field("generator_schedule", self.generator_schedule, "how the generator's learning rate changes");
    field("discriminator_schedule", self.discriminator_schedule, "how the discriminator's learning rate changes");
    field("generator_every", self.generator_every, "steps between two turns of the generator, >= 1");
    field("discriminator_every", self.discriminator_every, "steps between two turns of the discriminator, >= 1");
    field("average", self.average, "moving average of the generator's weights");
    field("precision", self.precision, "float32, or bfloat16 by autocast");
    field("channels_last", self.channels_last, "lay out images and weights channels-last");
    field("capture", self.capture, "on a GPU, launch the passes of a step as one captured graph (CUDA graph)");
  }
  void validate() const;
};

inline Value to_value(const AnyOptimizer& optimizer) { return optimizer.describe(); }
inline Value to_value(const AnySchedule& schedule) { return schedule.describe(); }
void assign(AnyOptimizer& out, const Value& value, std::string_view where);
void assign(AnySchedule& out, const Value& value, std::string_view where);

}  // namespace cspgan
