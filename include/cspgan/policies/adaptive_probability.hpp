// A probability that follows how far the discriminator has learned the real images by heart.
#pragma once

#include <cstdint>

#include "cspgan/core/state.hpp"
#include "cspgan/policies/step_context.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The controller of ADA (Karras et al. 2020, "Training Generative Adversarial Networks with Limited Data", section 3):
/// r is the mean of sign(D(x)) over real images, which approaches 1 as the discriminator overfits. After every fourth
/// update the probability rises, if r > target, or falls, if r < target, by the share of `ramp_kimg` that was shown in
/// these four; it stays in [0, limit]. This asks for a loss whose scores part at 0: non-saturating, saturating or
/// hinge; those of other losses say nothing by their sign. All of it is on the device of the scores: nothing waits for
/// a GPU.
class AdaptiveProbability {
 public:
  static constexpr std::int64_t interval = 4;  // updates

  /// Takes in the scores [N] of the real images of one update.
  void observe(const Tensor& real_scores, double target, double ramp_kimg, double limit);

  /// A scalar, float32, without a graph; undefined before the first scores, which means 0.
  const Tensor& value() const { return value_; }

  void save(StateWriter& writer) const;
  void load(StateReader& reader);

 private:
  // Replaced, never written in place, so copies may share them.
  Tensor value_;
  Tensor signs_;                           // sum since the last change
  std::int64_t images_ = 0, updates_ = 0;  // since the last change
};

}  // namespace cspgan
