#include "cspgan/runs/run_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "core/file_lock.hpp"
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

/// Whether it may be at work, as far as this machine knows. A process number may have been given to another one.
bool may_live(const Holder& holder) {
  return holder.host == host_name() && holder.process > 0 && holder.process != ::getpid() &&
         (::kill(static_cast<pid_t>(holder.process), 0) == 0 || errno == EPERM);
}

[[noreturn]] void refuse(const std::filesystem::path& lock, const std::optional<Holder>& holder, bool is_sure) {
  const std::string who =
      holder ? fmt::format("process {}{}", holder->process, holder->host == host_name() ? "" : " on " + holder->host)
             : std::string("another process");
  throw Error(fmt::format("{} is writing a run to '{}'; stop it, {}or choose another folder (--out)", who,
                          lock.parent_path().string(),
                          is_sure ? "" : fmt::format("delete '{}' if it is none of cspgan's, ", lock.string())));
}

/// Whether the file is empty, or begins as ours do; after a power failure, one may hold zeros.
bool is_of_cspgan(int descriptor) {
  char first = 0;
  return ::pread(descriptor, &first, 1, 0) < 1 || first == '{' || first == 0;
}

/// The descriptor of the file, which this process holds from now on.
int hold(const std::filesystem::path& path) {
  while (true) {
    const auto [descriptor, state] = detail::open_locked(path, O_RDWR | O_CREAT | O_NOFOLLOW, {});
    if (descriptor < 0 && errno == ENOENT) {  // somebody who was refused has just removed the folder
      make_folder(path.parent_path());
      continue;
    }
    if (descriptor < 0) throw Error(fmt::format("cannot lock '{}': {}", path.string(), std::strerror(errno)));
    if (state == detail::LockState::held && is_of_cspgan(descriptor)) return descriptor;
    if (state == detail::LockState::held) {
      ::close(descriptor);
      throw Error(fmt::format("'{}' is no lock of cspgan's, and would be overwritten: choose another folder (--out)",
                              path.string()));
    }
    const auto holder = holder_in(path);
    if (state == detail::LockState::unsupported && !(holder && may_live(*holder))) return descriptor;
    ::close(descriptor);
    refuse(path, holder, state == detail::LockState::busy);
  }
}

/// The folders of the path that do not exist, deepest first.
std::vector<std::filesystem::path> missing_folders(std::filesystem::path path) {
  std::vector<std::filesystem::path> missing;
  std::error_code unknown;
  for (; !path.empty() && !std::filesystem::exists(path, unknown) && !unknown; path = path.parent_path())
    missing.push_back(path);
  return missing;
}

}  // namespace

RunLock::RunLock(const RunFolder& folder) : folder_(folder.root), made_folders_(missing_folders(folder.root)) {
  make_folder(folder_);
  descriptor_ = hold(folder_ / "run.lock");
  const std::string text =
      to_json(Value::Object{{"process", static_cast<std::int64_t>(::getpid())}, {"host", host_name()}}) + '\n';
  // If this cannot be written, the lock holds all the same.
  if (::ftruncate(descriptor_, 0) != 0 || ::pwrite(descriptor_, text.data(), text.size(), 0) < 0) return;
}

void RunLock::require_held() const {
  if (!detail::is_still_at(folder_ / "run.lock", descriptor_))
    throw FolderLostError(
        fmt::format("the folder '{}' was moved, or its run.lock removed, while this run wrote to it; the run ends, "
                    "and goes on from its last checkpoint where that is now (--out)",
                    folder_.string()));
}

RunLock::~RunLock() {
  std::error_code ignored;
  if (detail::is_still_at(folder_ / "run.lock", descriptor_)) std::filesystem::remove(folder_ / "run.lock", ignored);
  ::close(descriptor_);
  for (const auto& folder : made_folders_) std::filesystem::remove(folder, ignored);  // nothing, if it holds something
}

}  // namespace cspgan
