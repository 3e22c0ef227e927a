// Files that one process or thread at a time holds open.
#pragma once

#include <chrono>
#include <filesystem>

namespace [[gnu::visibility("default")]] cspgan {
namespace detail {

enum class LockState {
  held,         // by the caller
  busy,         // held by somebody else
  unsupported,  // the file system has no locks
};

struct LockedFile {
  int descriptor;  // -1, with errno, if the file could not be opened
  LockState state = LockState::unsupported;
};

/// Opens the file with `flags` of open(2) and locks it against all others that open it this way, until the descriptor
/// is closed. Waits so long for another holder. If the holder before has replaced or removed the file, opens it again.
LockedFile open_locked(const std::filesystem::path& path, int flags, std::chrono::milliseconds patience);

/// Whether the open file is the one of this path: nobody has renamed, removed or replaced it.
bool is_still_at(const std::filesystem::path& path, int descriptor);

}  // namespace detail
}  // namespace cspgan
