// Whole-file reading and atomic writing over POSIX.
#include "cspgan/core/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "cspgan/core/error.hpp"

namespace cspgan {

namespace {

[[noreturn]] void fail(std::string_view verb, const std::filesystem::path& path) {
  throw Error(fmt::format("cannot {} '{}': {}", verb, path.string(), std::generic_category().message(errno)));
}

/// Closes the descriptor whatever happens.
struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

void sync_folder(const std::filesystem::path& folder) {
  const Descriptor opened{::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY)};
  if (opened.number >= 0) ::fsync(opened.number);
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  const Descriptor opened{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (opened.number < 0) fail("read", path);
  struct stat status {};
  if (::fstat(opened.number, &status) != 0) fail("read", path);
  if (S_ISDIR(status.st_mode)) {
    errno = EISDIR;
    fail("read", path);
  }
  std::string content;
  content.resize(static_cast<std::size_t>(status.st_size));
  std::size_t filled = 0;
  while (true) {
    if (filled == content.size()) content.resize(content.size() + 4096);
    const ssize_t count = ::read(opened.number, content.data() + filled, content.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("read", path);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  content.resize(filled);
  return content;
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content, Durability durability) {
  const std::filesystem::path temporary = path.string() + ".part";
  {
    const Descriptor opened{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
    if (opened.number < 0) fail("write", path);
    const auto fail_and_clean = [&] {
      const int reason = errno;
      ::unlink(temporary.c_str());
      errno = reason;
      fail("write", path);
    };
    std::size_t written = 0;
    while (written < content.size()) {
      const ssize_t count = ::write(opened.number, content.data() + written, content.size() - written);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail_and_clean();
      written += static_cast<std::size_t>(count);
    }
    if (durability == Durability::synced && ::fsync(opened.number) != 0) fail_and_clean();
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const int reason = errno;
    ::unlink(temporary.c_str());
    errno = reason;
    fail("write", path);
  }
  if (durability == Durability::synced) sync_folder(path.parent_path());
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) throw Error(fmt::format("cannot make the folder '{}': {}", folder.string(), problem.message()));
}

}  // namespace cspgan
