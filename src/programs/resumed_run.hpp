// The run that --resume names, and whether the folder's own one came from there.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/value.hpp"
#include "cspgan/runs/run_folder.hpp"

namespace cspgan {

/// What a run goes on from.
struct ResumedRun {
  std::optional<Checkpoint> checkpoint{};  // nothing: the run is new
  bool is_branch = false;                  // it is of another run than the folder's
  bool replaces_other = false;             // the folder holds another run, which is to be set aside
  Value::Object origin{};                  // run_origin.hpp's, for its description
};

/// What the two kinds of training differ in when they look for it.
struct ResumeQuestions {
  std::string_view program;
  std::string_view network;             // the key of a network in the descriptions of such runs
  std::vector<std::string> may_differ;  // options of two runs of which one goes on with the other
  std::vector<std::string> kept;        // keys of a description that a run keeps, whatever its next start says
  /// The description of the run that starts now.
  std::function<Value()> description;
  /// Sentences on the recipes of two descriptions, if they differ so that one does not go on with the other.
  std::function<std::vector<std::string>(const Value& before, const Value& now)> option_changes;
};

/// The checkpoint that `resume`, a recipe's word or path, stands for. A path is where a run begins: a folder whose own
/// run began there with the same options, its length aside, goes on with that one, as a cluster that starts the same
/// command again wants it. Warns of what is passed over, and if another run is at the path by now. Throws Error as
/// RunFolder::checkpoint_to_resume, if the checkpoint is of another kind of training, and if the folder's newest one is
/// not of its run.
ResumedRun find_run_to_resume(const std::string& resume, RunFolder folder, const ResumeQuestions& questions);

}  // namespace cspgan
