// What losses and policies speak about: scores and targets.
#pragma once

#include "cspgan/core/tensor.hpp"

namespace cspgan {

/// The discriminator's raw outputs, logits of shape [N] each.
struct Scores {
  Tensor real;  // may be undefined in the generator's update of a loss that does not ask for it
  Tensor fake;
};

/// What the scores should be, shape [N] each, in [0, 1]; hard targets are ones for real and zeros for fake.
struct Targets {
  Tensor real;
  Tensor fake;
};

}  // namespace cspgan
