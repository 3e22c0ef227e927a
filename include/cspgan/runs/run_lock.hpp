// Keeps a run's folder to one process: two would delete each other's checkpoints.
#pragma once

#include <filesystem>
#include <vector>

#include "cspgan/runs/run_folder.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Holds the folder's run.lock, which names this process, for as long as it lives. The system releases the lock of a
/// process that is gone, however it ended, so one that it left behind stops nobody. If the file system has no locks, a
/// process of this machine that run.lock names and that lives holds the folder.
class RunLock {
 public:
  /// Creates the folder if it is missing. Throws Error naming the process that holds the folder, or the path that
  /// cannot be used and the system's reason.
  explicit RunLock(const RunFolder& folder);
  /// Removes run.lock, and the folders that this object made if they are empty.
  ~RunLock();
  /// Throws FolderLostError if the folder was renamed or its run.lock removed: what is written by its path is another's
  /// then.
  void require_held() const;
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  std::filesystem::path folder_;
  std::vector<std::filesystem::path> made_folders_;
  int descriptor_ = -1;
};

}  // namespace cspgan
