// A trained generator from a checkpoint, ready to be used by any program.
#pragma once

#include <filesystem>

#include "cspgan/models/generator.hpp"
#include "cspgan/models/checkpoint.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Which weights to take: their moving average, which makes the better pictures, or those of the last step.
enum class Weights { ema, latest };

/// In evaluation mode on the CPU, without gradients. Throws Error where the checkpoint does not describe a Generator of
/// CSPup blocks; one of own blocks is loaded by load_module into the network that the program builds itself.
Generator load_generator(const Checkpoint& checkpoint, Weights weights = Weights::ema);
Generator load_generator(const std::filesystem::path& path, Weights weights = Weights::ema);

}  // namespace cspgan
