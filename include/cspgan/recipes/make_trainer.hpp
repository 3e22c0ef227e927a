// Makes networks that are ready to be trained from a recipe.
#pragma once

#include "cspgan/recipes/recipe.hpp"
#include "cspgan/training/any_trainer.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The networks of the recipe, initialized from its seed, and their trainer on the recipe's device. Throws OptionError
/// if the recipe cannot work here.
AnyTrainer make_trainer(const Recipe& recipe);

}  // namespace cspgan
