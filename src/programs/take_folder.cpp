#include "programs/take_folder.hpp"

#include "programs/detector_output.hpp"

namespace cspgan {

void take_folder(const RunFolder& folder, bool replaces_other, std::optional<std::int64_t> step) {
  if (!step) folder.require_new();
  if (replaces_other) {
    RunFolder other = folder;
    if (folder.description()) other.results = detector_results();  // whichever kind of training is here
    other.set_aside_run();
  } else if (step && folder.goes_back_to(*step)) {
    folder.set_aside_end();
  } else {
    folder.keep_damaged_description();
  }
  if (!step) folder.remove_stale_mark();
  folder.create();
  folder.drop_warnings_after(step);
}

}  // namespace cspgan
