#include "programs/resumed_run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>

#include "core/lookup.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/step_files.hpp"
#include "cspgan/report/metrics_log.hpp"
#include "cspgan/terminal/program.hpp"
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

constexpr const char* other_kind = "it is of another kind of training";

/// What `own`, a run that the folder holds, has other options for than this one; "" if it has the same. Its length, its
/// data and its machine may be others, as for a run that goes on by itself.
std::string other_options(const Value& own, Value run, const ResumeQuestions& questions) {
  if (const Value* const before = own.find("recipe"); before != nullptr && before->is_object())
    for (const std::string& option : questions.may_differ)
      if (const Value* const there = before->find(option)) run["recipe"].set(option, *there);
  return fmt::format("{}", fmt::join(questions.option_changes(own, run), "; "));
}

/// Why a run that began where this one is to begin does not go on with it; "" if it does.
std::string why_passed_over(const Value& own, const ResumeQuestions& questions) {
  if (own.find(questions.network) == nullptr) return other_kind;
  Value run = questions.description();
  for (const std::string& key : questions.kept)
    if (const Value* const there = own.find(key)) run.set(key, *there);
  return other_options(own, std::move(run), questions);
}

/// Why a run of which the folder has no checkpoint is not the one that starts now; "" if it is, or if there is none.
std::string why_set_aside(const RunFolder& folder, const ResumeQuestions& questions) {
  if (const std::optional<Value> own = folder.description()) {
    if (own->find(questions.network) == nullptr) return other_kind;
    Value run = questions.description();
    const auto has_same = [&](detail::Keys keys) { return detail::text_at(*own, keys) == detail::text_at(run, keys); };
    if (!has_same({init_state_key})) return "it began with other weights (--init)";
    if (!has_same({"data", "fingerprint"})) return "its images were others";
    return other_options(*own, std::move(run), questions);
  }
  std::error_code unknown;
  const bool has_log = std::filesystem::exists(folder.metrics(), unknown);
  return has_log && std::ranges::any_of(read_metrics(folder.metrics()).rows, is_row_of_run)
             ? "nothing says which run it was"
             : "";
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
  if (const std::size_t runs = run_ids_in(folder.checkpoints()).size(); runs > 1)
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
    if (folder.id.empty() && run_ids_in(folder.checkpoints()).size() > 1)
      passed_over = "its checkpoints are of several runs, and nothing says which is the folder's";
    else
      passed_over = began_at(own, folder, resume) ? why_passed_over(own, questions) : "it did not begin there";
    return goes_on = passed_over.empty();
  });
  if (!checkpoint) {
    const std::string other = why_set_aside(folder, questions);
    if (!other.empty()) folder.require_new();  // before it is said to be set aside
    for (const std::string& note : notes_on_new_run(folder, other)) warn(note);
    const std::string id = other.empty() ? run_id_of(folder.description().value_or(Value())) : "";
    return {.replaces_other = !other.empty(), .origin = origin_of_new_run(id)};
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
                   .replaces_other = plan.is_branch,
                   .origin = plan.is_branch
                                 ? origin_of_branch(resume, *checkpoint)
                                 : origin_of_run(folder.id, *checkpoint,
                                                 is_of_folder ? "" : std::filesystem::path(resume).filename())};
  found.checkpoint = std::move(checkpoint);
  return found;
}

}  // namespace cspgan
