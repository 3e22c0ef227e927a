#include "programs/resume_notes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>

#include "core/lookup.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/report/metrics_log.hpp"
#include "programs/run_origin.hpp"

namespace cspgan {

namespace {

/// On the checkpoints of other runs in the folder, or "".
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

/// The last step in a log; 0 if there is none, or if it cannot be read.
double last_step(const std::filesystem::path& log) {
  try {
    return largest_in(read_metrics(log), "step");
  } catch (const Error&) {
    return 0;
  }
}

/// The number of steps between two rows of the run's log; 0 if it does not say it.
double log_interval(const Value& run) { return detail::number_at(run, {"recipe", "log_every"}).value_or(0); }

/// On a log that does not go as far as the checkpoint, as after a start that set it aside was interrupted; or "".
std::string missing_rows(const RunFolder& folder, const Checkpoint& checkpoint) {
  const auto step = static_cast<double>(checkpoint.step);
  const double last = std::max(last_step(folder.metrics()), first_step_of(checkpoint.run));
  const double interval = log_interval(checkpoint.run);
  if (interval == 0 || last + interval >= step) return "";
  std::string text =
      fmt::format("'{}' has no rows of the steps from {} to {}", folder.metrics().string(), last + 1, step);
  for (const auto& aside : asides_of(folder.metrics()) | std::views::reverse)
    if (last_step(aside) + interval >= step)
      return text + fmt::format("; '{}', which was set aside, goes that far", aside.string());
  return text;
}

}  // namespace

std::vector<std::string> notes_on(const ResumePlan& plan) {
  const std::string out = plan.folder.root.string();
  std::vector<std::string> notes;
  if (plan.goes_on && is_another_run_there(plan.checkpoint.run, plan.resume))
    notes.push_back(
        fmt::format("'{}' holds another run than the one that '{}' began at, which goes on; for one that begins at "
                    "what is there now, choose another folder (--out)",
                    plan.resume, out));
  if (plan.goes_on && is_in_checkpoints(plan.folder, plan.resume))
    notes.push_back(
        fmt::format("the run went back to '{}' before, and goes on from there; for another time, copy that file and "
                    "name the copy",
                    plan.resume));
  if (!plan.is_branch) {
    notes.push_back(foreign_checkpoints(plan.folder));
    notes.push_back(missing_rows(plan.folder, plan.checkpoint));
  }
  if (plan.is_branch && plan.has_run)
    notes.push_back(
        fmt::format("'{}' holds a run of its own, which is set aside (*.replaced) for one that begins at '{}': {}; to "
                    "go on with it, leave --resume out",
                    out, plan.resume, plan.passed_over));
  else if (plan.is_named && plan.folder.goes_back_to(plan.checkpoint.step))
    notes.push_back(
        fmt::format("'{}' goes back to step {}: what came later is set aside (*.replaced)", out, plan.checkpoint.step));
  std::erase(notes, "");
  return notes;
}

std::vector<std::string> notes_on_new_run(const RunFolder& folder, const std::string& passed_over) {
  std::vector<std::string> notes;
  if (passed_over.empty())
    notes.push_back(foreign_checkpoints(folder));
  else
    notes.push_back(
        fmt::format("'{}' holds what a run without checkpoints has left, which is set aside (*.replaced): {}",
                    folder.root.string(), passed_over));
  if (const auto asides = asides_of(folder.checkpoints()); !asides.empty())
    notes.push_back(
        fmt::format("'{}' holds a run that was set aside, and this is a new one; to go on with that, name its "
                    "checkpoint (--resume {})",
                    folder.root.string(), asides.back().string()));
  std::erase(notes, "");
  return notes;
}

}  // namespace cspgan
