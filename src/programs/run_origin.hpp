// Which run this is and where it began, in its description.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/value.hpp"
#include "cspgan/runs/run_folder.hpp"

namespace cspgan {

/// The file that is named, which need not be there, or the checkpoints of the run whose folder or checkpoints/ it is,
/// newest first.
std::vector<std::filesystem::path> checkpoints_at(const std::filesystem::path& resume);

/// A state by the run that saved it, whatever its file is called.
std::string identity_of(const Checkpoint& checkpoint);
/// That of the newest of checkpoints_at; "" if there is none.
std::string identity_at(const std::filesystem::path& path);

/// The key, in the description of a run that began with the weights of another, of the identity of their state.
inline constexpr std::string_view init_state_key = "init_state";

/// Whether the path, at which there may be nothing, is in the folder's checkpoints/.
bool is_in_checkpoints(const RunFolder& folder, const std::filesystem::path& resume);

/// Whether `own`, the description of the folder's run, says that it began at that checkpoint or folder, or went back to
/// it. The folders may have been moved since.
bool began_at(const Value& own, const RunFolder& folder, const std::string& resume);
/// Whether that run began at another one than the one that is there now.
bool is_another_run_there(const Value& own, const std::string& resume);

/// The step at which the run began; 0 if it did not begin at another's checkpoint.
double first_step_of(const Value& run);

/// For the description of a new run, which has this id if an earlier start of it had that ("": there was none).
Value::Object origin_of_new_run(const std::string& known_id);
/// For a run that begins at the checkpoint of another, which `resume` names.
Value::Object origin_of_branch(const std::string& resume, const Checkpoint& checkpoint);
/// For a run that goes on, or goes back to its checkpoint of the name `back_to`.
Value::Object origin_of_run(const std::string& own_id, const Checkpoint& checkpoint, const std::string& back_to);

}  // namespace cspgan
