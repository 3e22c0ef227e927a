// What run.json says of a run, and what differs between two runs.
#pragma once

#include <string>
#include <vector>

#include "cspgan/core/value.hpp"
#include "cspgan/data/image_source.hpp"
#include "cspgan/recipes/recipe.hpp"
#include "cspgan/training/any_trainer.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The description of a run that starts now, for run.json and for the metadata of its checkpoints: {name, version,
/// libtorch, started, seed, device, data: {path, fingerprint, images}, parameters: {generator, discriminator},
/// generator, discriminator, recipe}. load_generator rebuilds the network from `generator`, its options.
Value describe_run(const Recipe& recipe, const AnyTrainer& trainer, const AnyImageSource& data);

/// Sentences on what differs between a run's description and that of the run which goes on with it, if it changes the
/// result: "this run continues with another batch_size (16 -> 32)". Options under older names count as their present
/// ones.
std::vector<std::string> changes_of_run(const Value& before, const Value& now);
/// Those of them that are of the recipe's options.
std::vector<std::string> option_changes_of_run(const Value& before, const Value& now);

}  // namespace cspgan
