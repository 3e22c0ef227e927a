#include "cspgan/runs/run_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <system_error>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/value.hpp"

namespace cspgan {

namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

struct Holder {
  std::int64_t process = 0;
  std::string host;
};

/// What the file says of the process that holds it, or nothing.
std::optional<Holder> holder_in(const std::filesystem::path& path) {
  try {
    const Value held = parse_json(read_file(path), path.string());
    return Holder{held.at("process").integer(), held.at("host").string()};
  } catch (const Error&) {
    return std::nullopt;
  }
}

bool lives(const Holder& holder) {
  return holder.host == host_name() && (::kill(static_cast<pid_t>(holder.process), 0) == 0 || errno == EPERM);
}

[[noreturn]] void refuse(const std::filesystem::path& folder, const std::optional<Holder>& holder) {
  const std::string who =
      holder ? fmt::format("process {}{}", holder->process, holder->host == host_name() ? "" : " on " + holder->host)
             : std::string("another process");
  throw Error(
      fmt::format("{} is writing a run to '{}'; stop it, or choose another folder (--out)", who, folder.string()));
}

[[noreturn]] void fail_to_lock(const std::filesystem::path& path) {
  throw Error(fmt::format("cannot lock '{}': {}", path.string(), std::strerror(errno)));
}

bool is_still(const std::filesystem::path& path, int descriptor) {
  struct stat held {
  }, there{};
  return ::fstat(descriptor, &held) == 0 && ::stat(path.c_str(), &there) == 0 && held.st_ino == there.st_ino &&
         held.st_dev == there.st_dev;
}

/// An open, locked file at `path`; its earlier holder may have removed the one that was opened first.
int lock_file(const std::filesystem::path& path) {
  while (true) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) fail_to_lock(path);
    int locked = 0;
    while ((locked = ::flock(descriptor, LOCK_EX | LOCK_NB)) != 0 && errno == EINTR) {
    }
    const auto holder = locked == 0 ? std::nullopt : holder_in(path);
    if (locked != 0 && (errno == EWOULDBLOCK || (holder && lives(*holder)))) {
      ::close(descriptor);
      refuse(path.parent_path(), holder);
    }
    if (is_still(path, descriptor)) return descriptor;
    ::close(descriptor);
  }
}

}  // namespace

RunLock::RunLock(const RunFolder& folder) : folder_(folder.root), made_folder_(!std::filesystem::exists(folder.root)) {
  make_folder(folder_);
  const std::filesystem::path path = folder_ / "run.lock";
  descriptor_ = lock_file(path);
  const std::string text =
      to_json(Value::Object{{"process", static_cast<std::int64_t>(::getpid())}, {"host", host_name()}}) + '\n';
  // If this cannot be written, the lock holds all the same.
  if (::ftruncate(descriptor_, 0) != 0 || ::pwrite(descriptor_, text.data(), text.size(), 0) < 0) return;
}

RunLock::~RunLock() {
  std::error_code ignored;
  std::filesystem::remove(folder_ / "run.lock", ignored);  // before the lock is released: nobody else's is removed
  ::close(descriptor_);
  if (made_folder_) std::filesystem::remove(folder_, ignored);  // does nothing if it holds something
}

}  // namespace cspgan
