// One checkpoint: a safetensors file with all that a resume needs, and the run's description in its metadata.
#pragma once

#include <cstdint>
#include <filesystem>

#include "cspgan/core/safetensors.hpp"
#include "cspgan/core/value.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// `state` holds generator.*, generator_ema.*, discriminator.*, optimizer_g.*, optimizer_d.*, policies.* and trainer.*.
struct Checkpoint {
  std::filesystem::path path;
  std::int64_t step = 0;
  Value run;  // run.json as it stood
  TensorFile state;
};

/// Writes `state` with the run's description. Throws Error naming the path.
void save_checkpoint(const std::filesystem::path& path, TensorFile state, std::int64_t step, const Value& run);

/// Throws Error naming the path if the file is damaged, is no checkpoint, or has a later format.
Checkpoint load_checkpoint(const std::filesystem::path& path);

}  // namespace cspgan
