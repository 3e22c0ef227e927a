// A generator's weights alone.
#pragma once

#include <filesystem>

#include "cspgan/models/generator.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Writes a checkpoint that holds the weights (generator_ema.*) and the options of a generator, and nothing of the run
/// that it comes from: load_generator reads it. Throws Error naming the path.
void save_generator(const std::filesystem::path& path, const Generator& generator);

}  // namespace cspgan
