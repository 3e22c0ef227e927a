// The checkpoints of a run: their names, a list of them, and the newest intact one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/step_files.hpp"
#include "cspgan/models/checkpoint.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The checkpoints of a folder, sorted by step; empty if the folder does not exist. Files of other names, such as
/// copies, are not among them. If `run_id` is given, neither are those whose headers say that they are of another run
/// or another step. Throws Error if the folder cannot be listed.
std::vector<StepFile> checkpoint_files(const std::filesystem::path& folder, std::string_view run_id = {});
/// The same, newest (highest step) first.
std::vector<std::filesystem::path> list_checkpoints(const std::filesystem::path& folder, std::string_view run_id = {});

/// The ids of the runs of a folder's checkpoints, by their headers.
std::set<std::string> run_ids_in(const std::filesystem::path& folder);

/// Loads the newest intact checkpoint of these. Damaged ones are skipped, after `on_damaged` got the reason. Returns
/// nullopt if there is no checkpoint; throws Error if all of them are damaged.
std::optional<Checkpoint> load_latest_checkpoint(const std::filesystem::path& folder,
                                                 const std::function<void(const std::string& reason)>& on_damaged = {},
                                                 std::string_view run_id = {});

/// The name of a step in file names, e.g. "step-00001000".
std::string step_name(std::int64_t step);

}  // namespace cspgan
