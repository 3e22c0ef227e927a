// The one Trainer that serves every recipe, compiled once.
#pragma once

#include "cspgan/losses/any_loss.hpp"
#include "cspgan/models/discriminator.hpp"
#include "cspgan/models/generator.hpp"
#include "cspgan/policies/policies.hpp"
#include "cspgan/training/trainer.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The Trainer of our networks with a loss and policies chosen at run time.
using AnyTrainer = Trainer<Generator, Discriminator, AnyLoss, PolicyList>;
extern template class Trainer<Generator, Discriminator, AnyLoss, PolicyList>;

}  // namespace cspgan
