#include "programs/resumed_run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <random>

#include "cspgan/core/step_files.hpp"
#include "cspgan/terminal/program.hpp"
#include "programs/output_paths.hpp"

namespace cspgan {

namespace {

constexpr std::string_view run_key = "run_id";                // of a run, until something else begins in its folder
constexpr std::string_view from_key = "resumed_from";         // the path that a branch began at,
constexpr std::string_view from_run_key = "resumed_run";      // the run that was there,
constexpr std::string_view from_state_key = "resumed_state";  // and its state

std::string text_of_path(const std::string& resume) { return text_in_json(resolved(resume).string()); }

std::string new_run_id() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

/// A text in the description of a run; "" if it has none under this key, as those of earlier versions.
std::string text_of(const Value& run, std::string_view key) {
  const Value* const value = run.is_object() ? run.find(key) : nullptr;
  return value != nullptr && value->is_string() ? value->string() : "";
}

/// Whether the two texts are there and differ.
bool differ(const std::string& first, const std::string& second) {
  return !first.empty() && !second.empty() && first != second;
}

/// What the header of a checkpoint says, or of the newest in a folder; nothing if there is none.
std::optional<Checkpoint> header_at(const std::filesystem::path& resume) {
  std::error_code unknown;
  if (!std::filesystem::is_directory(resume, unknown)) return checkpoint_header(resume);
  for (const auto& folder : {resume / "checkpoints", resume})
    if (const auto files = list_checkpoints(folder); !files.empty()) return checkpoint_header(files.front());
  return std::nullopt;
}

/// Why `own`, the run that the folder holds, is not the one that began at `resume` with the options of this one; "" if
/// it is. Its length, its data and its machine may be others, as for a run that goes on by itself.
std::string why_another_run(const Value& own, const std::string& resume, const ResumeQuestions& questions) {
  const auto began_with_what_is_there = [&] {  // the folders may have been moved
    const auto header = header_at(resume);
    if (!header) return false;
    if (std::error_code unknown; !std::filesystem::is_directory(resume, unknown))
      return text_of(own, from_state_key) == identity_of(*header);
    const std::string run = text_of(header->run, run_key);
    return !run.empty() && text_of(own, from_run_key) == run;
  };
  if (text_of(own, from_key) != text_of_path(resume) && !began_with_what_is_there()) return "it did not begin there";
  Value run = questions.description();
  if (const Value* const before = own.find("recipe"); before != nullptr && before->is_object())
    for (const std::string& option : questions.may_differ)
      if (const Value* const there = before->find(option)) run["recipe"].set(option, *there);
  return fmt::format("{}", fmt::join(questions.option_changes(own, run), "; "));
}

/// Whether the path is the folder itself.
bool is_folder(const RunFolder& folder, const std::filesystem::path& resume) {
  const std::filesystem::path path = resolved(resume);
  return path == resolved(folder.root) || path == resolved(folder.checkpoints());
}

/// Whether the path is one of the checkpoints in the folder.
bool is_checkpoint_in(const RunFolder& folder, const std::filesystem::path& resume) {
  const std::filesystem::path path = resolved(resume), checkpoints = resolved(folder.checkpoints());
  const auto files = step_files(checkpoints, ".safetensors");
  return std::ranges::find(files, path, &StepFile::path) != files.end() || path == resolved(folder.best_checkpoint());
}

}  // namespace

std::string identity_of(const Checkpoint& checkpoint) {
  const auto json_of = [&](std::string_view key) {
    const Value* const value = checkpoint.run.find(key);
    return value == nullptr ? "?" : to_json(*value);
  };
  const std::string run = text_of(checkpoint.run, run_key);
  return fmt::format("step {} of the run {} that was started {}", checkpoint.step,
                     run.empty() ? "of seed " + json_of("seed") : run, json_of("started"));
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
  const std::string own_id = text_of(folder.description(), run_key);
  const auto id_or_new = [](const std::string& known) { return Value(known.empty() ? new_run_id() : known); };
  if (!found.checkpoint) {
    found.origin = {{std::string(run_key), id_or_new(own_id)}};
    return found;
  }
  const Checkpoint& checkpoint = *found.checkpoint;
  if (checkpoint.run.find(questions.network) == nullptr)
    throw Error(fmt::format("'{}' is of another kind of training, without a {}; choose another folder (--out){}",
                            checkpoint.path.string(), questions.network,
                            is_path_to_resume(resume) ? " or another checkpoint (--resume)" : ""));
  const bool is_named = is_path_to_resume(resume) && !goes_on;
  const bool is_foreign = differ(own_id, text_of(checkpoint.run, run_key));
  const bool is_of_folder = !is_named || is_folder(folder, resume);
  if (is_of_folder && is_foreign)
    throw Error(
        fmt::format("'{}' is of another run than the folder's (run.json): move it away to go on with that, or "
                    "begin at it in another folder (--out, --resume)",
                    checkpoint.path.string()));
  if (goes_on)
    if (const auto header = header_at(resume);
        header && differ(text_of(checkpoint.run, from_run_key), text_of(header->run, run_key)))
      print_warning(questions.program,
                    fmt::format("'{}' holds another run than the one that '{}' began at, which goes on; for one that "
                                "begins at what is there now, choose another folder (--out)",
                                resume, folder.root.string()));
  found.is_branch = !is_of_folder && (is_foreign || !is_checkpoint_in(folder, resume));
  if (found.is_branch && step_files(folder.checkpoints(), ".safetensors").empty())
    folder.require_new();  // what is there may be of no run, or of one whose checkpoints are gone for now
  else
    folder.require_own_files();
  if (found.is_branch && !passed_over.empty())
    print_warning(questions.program,
                  fmt::format("'{}' holds a run of its own, which is set aside (*.replaced) for one that begins at "
                              "'{}': {}; to go on with it, leave --resume out",
                              folder.root.string(), resume, passed_over));
  else if (is_named && folder.goes_back_to(checkpoint.step))
    print_warning(questions.program, fmt::format("'{}' goes back to step {}: what came later is set aside (*.replaced)",
                                                 folder.root.string(), checkpoint.step));
  found.origin = {{std::string(run_key), id_or_new(found.is_branch ? "" : text_of(checkpoint.run, run_key))}};
  if (is_named)
    found.origin.insert(found.origin.end(), {{std::string(from_key), text_of_path(resume)},
                                             {std::string(from_run_key), text_of(checkpoint.run, run_key)},
                                             {std::string(from_state_key), identity_of(checkpoint)}});
  else
    for (const std::string_view key : {from_key, from_run_key, from_state_key})
      if (const Value* const earlier = checkpoint.run.find(key)) found.origin.emplace_back(key, *earlier);
  return found;
}

}  // namespace cspgan
