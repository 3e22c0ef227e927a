#include "core/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

namespace cspgan::detail {

bool is_still_at(const std::filesystem::path& path, int descriptor) {
  struct stat held {
  }, there{};
  return ::fstat(descriptor, &held) == 0 && ::stat(path.c_str(), &there) == 0 && held.st_ino == there.st_ino &&
         held.st_dev == there.st_dev;
}

namespace {

LockState lock(int descriptor, std::chrono::milliseconds patience) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds between(5);
  const Clock::time_point end = Clock::now() + patience;
  while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return LockState::unsupported;
    if (Clock::now() >= end) return LockState::busy;
    std::this_thread::sleep_for(between);
  }
  return LockState::held;
}

}  // namespace

LockedFile open_locked(const std::filesystem::path& path, int flags, std::chrono::milliseconds patience) {
  while (true) {
    const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
    if (descriptor < 0) return {descriptor};
    const LockState state = lock(descriptor, patience);
    if (state == LockState::busy || is_still_at(path, descriptor)) return {descriptor, state};
    ::close(descriptor);
  }
}

}  // namespace cspgan::detail
