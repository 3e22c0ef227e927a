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

/// A sentence on an earlier run of the folder, all of which was set aside; "" if there is none.
std::string note_on_new_run(const RunFolder& folder);

}  // namespace cspgan
