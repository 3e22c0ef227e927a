// From a recipe to networks that are ready to be trained.
#include "cspgan/recipes/make_trainer.hpp"

#include "cspgan/core/device.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/nn/initialization.hpp"

namespace cspgan {

AnyTrainer make_trainer(const Recipe& recipe) {
  const TrainerOptions options = recipe.trainer_options();
  options.validate();
  parse_device(options.device);
  Generator generator(recipe.generator);
  Discriminator discriminator(recipe.discriminator);
  TensorRandom random(mix_seeds({recipe.seed, 0}), at::kCPU);
  initialize(*generator, recipe.generator_initialization, random);
  initialize(*discriminator, recipe.discriminator_initialization, random);
  return AnyTrainer(generator, discriminator, recipe.loss, PolicyList(recipe.policies), options);
}

}  // namespace cspgan
