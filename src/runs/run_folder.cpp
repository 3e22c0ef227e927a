// Making a run's folder.
#include "cspgan/runs/run_folder.hpp"

#include <system_error>

#include "cspgan/core/files.hpp"

namespace cspgan {

void RunFolder::create() const {
  for (const auto& folder : {root, samples(), checkpoints()}) {
    make_folder(folder);
    remove_abandoned_files(folder);
  }
  const auto probe = root / ".writable";
  write_file_atomically(probe, "");
  std::error_code ignored;
  std::filesystem::remove(probe, ignored);
}

}  // namespace cspgan
