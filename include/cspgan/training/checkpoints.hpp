// The checkpoints of a run: their names, which there are, and the newest that is whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cspgan/models/checkpoint.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The checkpoints of a folder, newest (highest step) first; empty where there is no such folder.
std::vector<std::filesystem::path> list_checkpoints(const std::filesystem::path& folder);

/// The newest whole checkpoint of a folder; each damaged one is passed to `on_damaged` with the reason and skipped.
/// Nothing where there is none; throws Error where all that are there are damaged.
std::optional<Checkpoint> load_latest_checkpoint(const std::filesystem::path& folder,
                                                 const std::function<void(const std::string& reason)>& on_damaged = {});

/// "step-00001000"
std::string step_name(std::int64_t step);

}  // namespace cspgan
