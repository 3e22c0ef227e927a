// Loads a trained generator from a checkpoint.
#pragma once

#include <filesystem>

#include "cspgan/models/checkpoint.hpp"
#include "cspgan/models/generator.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Which weights to load: the EMA, which gives the better images, or those of the last step.
enum class Weights { ema, latest };

/// The generator in evaluation mode, on the CPU, without gradients. Throws Error if the checkpoint does not describe a
/// Generator of CSPup blocks. For a generator with other blocks, build the network and call load_module.
Generator load_generator(const Checkpoint& checkpoint, Weights weights = Weights::ema);
Generator load_generator(const std::filesystem::path& path, Weights weights = Weights::ema);

}  // namespace cspgan
