#include "core/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace cspgan::detail {

bool is_still_at(const std::filesystem::path& path, int descriptor) {
  struct stat held {
  }, there{};
  return ::fstat(descriptor, &held) == 0 && ::stat(path.c_str(), &there) == 0 && held.st_ino == there.st_ino &&
         held.st_dev == there.st_dev;
}

namespace {

LockState lock(int descriptor, bool wait) {
  while (::flock(descriptor, wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0)
    if (errno != EINTR) return errno == EWOULDBLOCK ? LockState::busy : LockState::unsupported;
  return LockState::held;
}

}  // namespace

LockedFile open_locked(const std::filesystem::path& path, int flags, bool wait) {
  while (true) {
    const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
    if (descriptor < 0) return {descriptor};
    const LockState state = lock(descriptor, wait);
    if (state == LockState::busy || is_still_at(path, descriptor)) return {descriptor, state};
    ::close(descriptor);
  }
}

}  // namespace cspgan::detail
