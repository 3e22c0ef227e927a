// Creates a run's folder and finds its checkpoints.
#include "cspgan/runs/run_folder.hpp"

#include <fmt/format.h>

#include <system_error>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/training/checkpoints.hpp"

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

std::filesystem::path checkpoint_at(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) return path;
  for (const auto& folder : {path / "checkpoints", path})
    if (const auto files = list_checkpoints(folder); !files.empty()) return files.front();
  throw Error(fmt::format("'{}' holds no checkpoint", path.string()));
}

}  // namespace cspgan
