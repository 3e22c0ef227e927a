#include "programs/resumed_run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>

#include "cspgan/core/files.hpp"
#include "cspgan/core/step_files.hpp"
#include "cspgan/terminal/program.hpp"
#include "programs/detector_output.hpp"
#include "programs/output_paths.hpp"
#include "programs/resume_notes.hpp"
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

/// Throws Error if the checkpoint is one that a run in this folder cannot begin at.
void require_fits(const ResumePlan& plan, const ResumeQuestions& questions) {
  const Checkpoint& checkpoint = plan.checkpoint;
  if (checkpoint.run.find(questions.network) == nullptr)
    throw Error(fmt::format("'{}' is of another kind of training, without a {}; choose another folder (--out){}",
                            checkpoint.path.string(), questions.network,
                            is_path_to_resume(plan.resume) ? " or another checkpoint (--resume)" : ""));
  if (plan.is_named && !plan.is_branch && are_two_runs(plan.folder.id, run_id_of(checkpoint.run)))
    throw Error(fmt::format("'{}' is of another run than the folder's: to begin there, move it elsewhere",
                            checkpoint.path.string()));
  if (plan.is_branch && !plan.has_run)
    plan.folder.require_new();  // what is there may be of no run, or of one whose checkpoints are gone for now
  else
    plan.folder.require_own_files();
}

}  // namespace

ResumedRun find_run_to_resume(const std::string& resume, RunFolder folder, const ResumeQuestions& questions) {
  const auto warn = [&](const std::string& text) { print_warning(questions.program, text); };
  folder.id = folder.run_id();
  const bool is_its_folder = is_folder(folder, resume);
  const bool begins_elsewhere = is_path_to_resume(resume) && !is_its_folder && !is_in_checkpoints(folder, resume);
  if (!begins_elsewhere) require_one_run(folder);
  bool goes_on = false;
  std::string passed_over = "none of its checkpoints can be used";
  auto checkpoint = folder.checkpoint_to_resume(place_of(folder, resume), warn, [&](const Value& own) {
    passed_over = why_another_run(own, folder, resume, questions);
    return goes_on = passed_over.empty();
  });
  if (!checkpoint) {
    for (const std::string& note : notes_on_new_run(folder)) warn(note);
    return {.origin = origin_of_new_run(folder.id)};
  }
  const bool is_named = is_path_to_resume(resume) && !goes_on;
  const ResumePlan plan{.folder = folder,
                        .resume = resume,
                        .checkpoint = *checkpoint,
                        .goes_on = goes_on,
                        .is_named = is_named,
                        .is_branch = is_named && !is_its_folder && !is_checkpoint_in(folder, resume),
                        .has_run = !step_files(folder.checkpoints(), ".safetensors").empty(),
                        .passed_over = passed_over};
  require_fits(plan, questions);
  for (const std::string& note : notes_on(plan)) warn(note);
  const bool is_of_folder = !is_named || is_its_folder;
  ResumedRun found{.is_branch = plan.is_branch,
                   .origin = plan.is_branch
                                 ? origin_of_branch(resume, *checkpoint)
                                 : origin_of_run(folder.id, *checkpoint,
                                                 is_of_folder ? "" : std::filesystem::path(resume).filename())};
  found.checkpoint = std::move(checkpoint);
  return found;
}

void take_folder(const RunFolder& folder, bool is_branch, std::optional<std::int64_t> step) {
  if (!step) folder.require_new();
  if (is_branch) {
    RunFolder other = folder;
    other.results = detector_results();  // whichever kind of training is here
    other.set_aside_run();
  } else if (step && folder.goes_back_to(*step)) {
    folder.set_aside_end();
  }
  if (!step) folder.remove_stale_mark();
  folder.create();
  folder.drop_warnings_after(step);
}

}  // namespace cspgan
