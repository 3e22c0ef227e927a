// A pool of earlier fakes, which keeps the discriminator from forgetting them.
#pragma once

#include <cstdint>
#include <string_view>

#include "cspgan/core/state.hpp"
#include "cspgan/policies/step_context.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Keeps up to `capacity` earlier fakes (Shrivastava et al. 2017, section 2.3). While the pool fills, fakes are stored
/// and passed on unchanged. After that, each fake is swapped, with `probability`, for a random one from the pool. Acts
/// in the discriminator's update only. Takes capacity * 3 * H * W floats in memory and in each checkpoint. validate()
/// throws OptionError, naming the field, if a value is out of range.
struct ReplayBuffer {
  static constexpr std::string_view name = "replay_buffer";
  static constexpr std::string_view summary = "shows the discriminator earlier fakes among the new ones";
  std::int64_t capacity = 256;
  double probability = 0.5;

  /// State: images [count, 3, H, W], written in place. A copy of the pool has its own memory.
  struct Pool {
    Tensor images{};

    Pool() = default;
    Pool(const Pool& other);
    Pool& operator=(const Pool& other);
    Pool(Pool&&) noexcept = default;
    Pool& operator=(Pool&&) noexcept = default;
    ~Pool() = default;
  };
  Pool pool{};

  Tensor edit_fakes(Tensor fakes, StepContext& step);
  void save(StateWriter& writer) const;
  void load(StateReader& reader);

  static void describe(auto&& self, auto&& field) {
    field("capacity", self.capacity, "number of fakes that are kept, >= 1");
    field("probability", self.probability, "share of the fakes that are replaced by earlier ones, in [0, 1]");
  }
  void validate() const;
  /// Compares the parameters, not the state.
  friend bool operator==(const ReplayBuffer& a, const ReplayBuffer& b) {
    return a.capacity == b.capacity && a.probability == b.probability;
  }
};

}  // namespace cspgan
