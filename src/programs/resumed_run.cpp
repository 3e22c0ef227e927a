#include "programs/resumed_run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cspgan/core/step_files.hpp"
#include "cspgan/terminal/program.hpp"
#include "programs/output_paths.hpp"

namespace cspgan {

namespace {

std::string text_of_path(const std::string& resume) { return text_in_json(resolved(resume).string()); }

/// Why `own`, the run that the folder holds, is not the one that began at `resume` with the options of this one; "" if
/// it is. Its length, its data and its machine may be others, as for a run that goes on by itself.
std::string why_another_run(const Value& own, const std::string& resume, const ResumeQuestions& questions) {
  const auto began = [&](const char* key, const std::string& there) {
    const Value* const origin = own.find(key);
    return origin != nullptr && *origin == Value(there);
  };
  const auto began_at_state = [&] {  // the folders may have been moved
    const auto header = checkpoint_header(resume);
    return header && began("resumed_state", identity_of(*header));
  };
  if (!began("resumed_from", text_of_path(resume)) && !began_at_state()) return "it did not begin there";
  Value run = questions.description();
  if (const Value* const before = own.find("recipe"); before != nullptr && before->is_object())
    for (const std::string& option : questions.may_differ)
      if (const Value* const there = before->find(option)) run["recipe"].set(option, *there);
  return fmt::format("{}", fmt::join(questions.option_changes(own, run), "; "));
}

/// Whether the path is of the run that the folder holds now: the folder, or one of its checkpoints.
bool is_of_run_in(const RunFolder& folder, const std::string& resume) {
  const std::filesystem::path path = resolved(resume), checkpoints = resolved(folder.checkpoints());
  if (path == resolved(folder.root) || path == checkpoints) return true;
  const auto files = step_files(checkpoints, ".safetensors");
  return std::ranges::find(files, path, &StepFile::path) != files.end() || path == resolved(folder.best_checkpoint());
}

}  // namespace

std::string identity_of(const Checkpoint& checkpoint) {
  const auto text_of = [&](const char* key) {
    const Value* const value = checkpoint.run.find(key);
    return value == nullptr ? "?" : to_json(*value);
  };
  return fmt::format("step {} of the run of seed {} that was started {}", checkpoint.step, text_of("seed"),
                     text_of("started"));
}

ResumedRun find_run_to_resume(const std::string& resume, const RunFolder& folder, const ResumeQuestions& questions) {
  ResumedRun found;
  bool goes_on = false;
  std::string passed_over;  // why the folder's own run is
  found.checkpoint = folder.checkpoint_to_resume(
      resume, [&](const std::string& reason) { print_warning(questions.program, reason); },
      [&](const Value& own) {
        passed_over = why_another_run(own, resume, questions);
        return goes_on = passed_over.empty();
      });
  if (!found.checkpoint) return found;
  const Checkpoint& checkpoint = *found.checkpoint;
  if (checkpoint.run.find(questions.network) == nullptr)
    throw Error(fmt::format("'{}' is of another kind of training, without a {}; choose another folder (--out){}",
                            checkpoint.path.string(), questions.network,
                            is_path_to_resume(resume) ? " or another checkpoint (--resume)" : ""));
  const bool is_named = is_path_to_resume(resume) && !goes_on;
  found.over_another = is_named && !is_of_run_in(folder, resume);
  if (found.over_another && step_files(folder.checkpoints(), ".safetensors").empty())
    folder.require_new();  // what is there may be of no run, or of one whose checkpoints are gone for now
  else
    folder.require_own_files();
  if (found.over_another && !passed_over.empty())
    print_warning(questions.program,
                  fmt::format("'{}' holds a run of its own, which is set aside (*.replaced) for one that begins at "
                              "'{}': {}; to go on with it, leave --resume out",
                              folder.root.string(), resume, passed_over));
  else if (is_named && folder.goes_back_to(checkpoint.step))
    print_warning(questions.program, fmt::format("'{}' goes back to step {}: what came later is set aside (*.replaced)",
                                                 folder.root.string(), checkpoint.step));
  if (is_named)
    found.origin = {{"resumed_from", text_of_path(resume)}, {"resumed_state", identity_of(checkpoint)}};
  else
    for (const char* key : {"resumed_from", "resumed_state"})
      if (const Value* const earlier = checkpoint.run.find(key)) found.origin.emplace_back(key, *earlier);
  return found;
}

}  // namespace cspgan
