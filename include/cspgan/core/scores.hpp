// Scores of the discriminator and their targets, for losses and policies.
#pragma once

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The discriminator's raw outputs (logits), each of shape [N].
struct Scores {
  Tensor real;  // may be undefined in the generator's update if the loss does not need it
  Tensor fake;
};

/// What the scores should be, each of shape [N] and in [0, 1]. Hard targets are 1 for real and 0 for fake images.
struct Targets {
  Tensor real;
  Tensor fake;
};

}  // namespace cspgan
