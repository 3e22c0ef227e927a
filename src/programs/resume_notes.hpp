// What a start says of the run that it goes on with, or passes over.
#pragma once

#include <string>
#include <vector>

#include "cspgan/runs/run_folder.hpp"

namespace cspgan {

/// How a start takes up what is in its folder.
struct ResumePlan {
  const RunFolder& folder;
  const std::string& resume;  // a recipe's word or path
  const Checkpoint& checkpoint;
  bool goes_on;             // the folder's own run does, which began at `resume`
  bool is_named;            // the checkpoint is the one that `resume` names
  bool is_branch;           // of another run than the folder's
  bool has_run;             // the folder holds checkpoints
  std::string passed_over;  // why its run is
};

/// Sentences on what may not be what the user means.
std::vector<std::string> notes_on(const ResumePlan& plan);

/// Sentences on what a new run leaves alone: an earlier run that was set aside, and checkpoints of others; and on one
/// without checkpoints that is set aside now, if `passed_over` says why it is another.
std::vector<std::string> notes_on_new_run(const RunFolder& folder, const std::string& passed_over);

}  // namespace cspgan
