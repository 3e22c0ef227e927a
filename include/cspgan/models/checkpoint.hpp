// A checkpoint: a safetensors file with everything that a resume needs, and the description of the run in its metadata.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "cspgan/core/safetensors.hpp"
#include "cspgan/core/value.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The contents of a checkpoint. `state` holds generator.*, generator_ema.*, discriminator.*, optimizer_g.*,
/// optimizer_d.*, policies.* and trainer.*.
struct Checkpoint {
  std::filesystem::path path;
  std::int64_t step = 0;
  Value run;  // run.json at the time of saving
  TensorFile state;
};

/// The id of the run that is described: another for each that begins in a folder. "" if it has none, as in files of
/// earlier versions.
std::string run_id_of(const Value& run);
/// Whether both ids are known, and differ.
bool are_two_runs(std::string_view id, std::string_view other);

/// Writes `state` and the description of the run. Throws Error naming the path.
void save_checkpoint(const std::filesystem::path& path, TensorFile state, std::int64_t step, const Value& run);

/// Reads a checkpoint. Throws Error naming the path if the file is damaged, is not a checkpoint, or has a newer format.
Checkpoint load_checkpoint(const std::filesystem::path& path);

/// The same without the state, from the file's header alone, which is quick. Nothing if the file is not there, or no
/// checkpoint by its header.
std::optional<Checkpoint> checkpoint_header(const std::filesystem::path& path);

}  // namespace cspgan
