// Checkpoints: one safetensors file each, with all that a resume needs and the run's description in its metadata.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cspgan/core/safetensors.hpp"
#include "cspgan/core/value.hpp"

namespace cspgan {

struct Checkpoint {
  std::filesystem::path path;
  std::int64_t step = 0;
  Value run;  // run.json as it stood
  TensorFile
      state;  // generator.*, generator_ema.*, discriminator.*, optimizer_g.*, optimizer_d.*, policies.*, trainer.*
};

/// Writes `state` with the run's description. Throws Error naming the path.
void save_checkpoint(const std::filesystem::path& path, TensorFile state, std::int64_t step, const Value& run);

/// Throws Error naming the path where the file is damaged, or is no checkpoint, or one of a later format.
Checkpoint load_checkpoint(const std::filesystem::path& path);

/// The checkpoints of a folder, newest (highest step) first; empty where there is no such folder.
std::vector<std::filesystem::path> list_checkpoints(const std::filesystem::path& folder);

/// The newest whole checkpoint of a folder; each damaged one is passed to `on_damaged` with the reason and skipped.
/// Nothing where there is none; throws Error where all that are there are damaged.
std::optional<Checkpoint> load_latest_checkpoint(const std::filesystem::path& folder,
                                                 const std::function<void(const std::string& reason)>& on_damaged = {});

/// "step-00001000"
std::string step_name(std::int64_t step);

}  // namespace cspgan
