#include "programs/resumed_run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>

#include "cspgan/core/files.hpp"
#include "cspgan/core/step_files.hpp"
#include "cspgan/terminal/program.hpp"
#include "programs/output_paths.hpp"
#include "programs/run_origin.hpp"

namespace cspgan {

namespace {

/// Whether the path is the folder itself.
bool is_folder(const RunFolder& folder, const std::filesystem::path& resume) {
  const std::filesystem::path path = resolved(resume);
  return path == resolved(folder.root) || path == resolved(folder.checkpoints());
}

/// Whether the path has the name of one of the folder's checkpoints.
bool is_checkpoint_in(const RunFolder& folder, const std::filesystem::path& resume) {
  const std::filesystem::path path = resolved(resume);
  const auto files = step_files(resolved(folder.checkpoints()), ".safetensors");
  return std::ranges::find(files, path, &StepFile::path) != files.end() || path == resolved(folder.best_checkpoint());
}

/// Why `own`, the run that the folder holds, is not the one that began at `resume` with the options of this one; "" if
/// it is. Its length, its data and its machine may be others, as for a run that goes on by itself.
std::string why_another_run(const Value& own, const RunFolder& folder, const std::string& resume,
                            const ResumeQuestions& questions) {
  if (!began_at(own, folder, resume)) return "it did not begin there";
  Value run = questions.description();
  if (const Value* const before = own.find("recipe"); before != nullptr && before->is_object())
    for (const std::string& option : questions.may_differ)
      if (const Value* const there = before->find(option)) run["recipe"].set(option, *there);
  return fmt::format("{}", fmt::join(questions.option_changes(own, run), "; "));
}

/// Where the checkpoint of the folder is that `resume` names: in checkpoints.replaced/ if setting the run aside was
/// interrupted once that was there.
std::string place_of(const RunFolder& folder, const std::string& resume) {
  std::error_code unknown;
  if (!is_path_to_resume(resume) || std::filesystem::exists(resume, unknown) || !is_in_checkpoints(folder, resume) ||
      !step_files(folder.checkpoints(), ".safetensors").empty())
    return resume;
  for (const auto& aside : asides_of(folder.checkpoints()) | std::views::reverse)
    if (const auto file = aside / std::filesystem::path(resume).filename(); std::filesystem::exists(file, unknown))
      return file.string();
  return resume;
}

/// Throws Error if nobody can say which of the checkpoints are the folder's.
void require_one_run(const RunFolder& folder) {
  if (!folder.id.empty()) return;
  if (const std::size_t runs = folder.ids_of_checkpoints().size(); runs > 1)
    throw Error(
        fmt::format("'{}' holds checkpoints of {} runs, and neither .saved nor run.json says which is the "
                    "folder's: move the others elsewhere",
                    folder.checkpoints().string(), runs));
}

/// A sentence on the checkpoints of other runs in the folder, or "".
std::string foreign_checkpoints(const RunFolder& folder) {
  const auto all = list_checkpoints(folder.checkpoints()), own = list_checkpoints(folder.checkpoints(), folder.id);
  std::vector<std::string> names;
  for (const auto& file : all)
    if (std::ranges::find(own, file) == own.end()) names.push_back(file.filename().string());
  return names.empty() ? ""
                       : fmt::format(
                             "'{}' holds checkpoints that are not this run's, by their run_id or their step: {}; "
                             "they are left alone",
                             folder.checkpoints().string(), fmt::join(names, ", "));
}

}  // namespace

ResumedRun find_run_to_resume(const std::string& resume, RunFolder folder, const ResumeQuestions& questions) {
  folder.id = folder.run_id();
  const bool begins_elsewhere =
      is_path_to_resume(resume) && !is_folder(folder, resume) && !is_in_checkpoints(folder, resume);
  if (!begins_elsewhere) require_one_run(folder);
  ResumedRun found;
  bool goes_on = false;
  std::string passed_over;  // why the folder's own run is
  found.checkpoint = folder.checkpoint_to_resume(
      place_of(folder, resume), [&](const std::string& reason) { print_warning(questions.program, reason); },
      [&](const Value& own) {
        passed_over = why_another_run(own, folder, resume, questions);
        return goes_on = passed_over.empty();
      });
  if (!found.checkpoint) {
    found.origin = origin_of_new_run(folder.id);
    return found;
  }
  const Checkpoint& checkpoint = *found.checkpoint;
  if (checkpoint.run.find(questions.network) == nullptr)
    throw Error(fmt::format("'{}' is of another kind of training, without a {}; choose another folder (--out){}",
                            checkpoint.path.string(), questions.network,
                            is_path_to_resume(resume) ? " or another checkpoint (--resume)" : ""));
  const bool is_named = is_path_to_resume(resume) && !goes_on;
  const bool is_of_folder = !is_named || is_folder(folder, resume);
  const bool has_its_name = is_of_folder || is_checkpoint_in(folder, resume);
  if (is_named && has_its_name && are_two_runs(folder.id, run_id_of(checkpoint.run)))
    throw Error(fmt::format("'{}' is of another run than the folder's: to begin there, move it elsewhere",
                            checkpoint.path.string()));
  if (goes_on && is_another_run_there(checkpoint.run, resume))
    print_warning(questions.program,
                  fmt::format("'{}' holds another run than the one that '{}' began at, which goes on; for one that "
                              "begins at what is there now, choose another folder (--out)",
                              resume, folder.root.string()));
  if (goes_on && is_in_checkpoints(folder, resume))
    print_warning(questions.program,
                  fmt::format("the run went back to '{}' before, and goes on from there; for another "
                              "time, copy that file and name the copy",
                              resume));
  found.is_branch = !has_its_name;
  if (const std::string foreign = found.is_branch ? "" : foreign_checkpoints(folder); !foreign.empty())
    print_warning(questions.program, foreign);
  const bool has_run = !step_files(folder.checkpoints(), ".safetensors").empty();
  if (passed_over.empty()) passed_over = "none of its checkpoints can be used";
  if (found.is_branch && !has_run)
    folder.require_new();  // what is there may be of no run, or of one whose checkpoints are gone for now
  else
    folder.require_own_files();
  if (found.is_branch && has_run)
    print_warning(questions.program,
                  fmt::format("'{}' holds a run of its own, which is set aside (*.replaced) for one that begins at "
                              "'{}': {}; to go on with it, leave --resume out",
                              folder.root.string(), resume, passed_over));
  else if (is_named && folder.goes_back_to(checkpoint.step))
    print_warning(questions.program, fmt::format("'{}' goes back to step {}: what came later is set aside (*.replaced)",
                                                 folder.root.string(), checkpoint.step));
  found.origin = found.is_branch ? origin_of_branch(resume, checkpoint)
                                 : origin_of_run(folder.id, checkpoint,
                                                 is_of_folder ? "" : std::filesystem::path(resume).filename());
  return found;
}

}  // namespace cspgan
