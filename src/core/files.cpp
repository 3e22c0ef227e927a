// Whole-file reading and atomic writing over POSIX.
#include "cspgan/core/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <limits>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "cspgan/core/error.hpp"
#include "file_reader.hpp"

namespace cspgan {

namespace {

[[noreturn]] void fail(std::string_view verb, const std::filesystem::path& path) {
  throw Error(fmt::format("cannot {} '{}': {}", verb, path.string(), std::generic_category().message(errno)));
}

/// A file that is not there, or is none, will not be another time; anything else may pass.
[[noreturn]] void fail_to_read(const std::filesystem::path& path) {
  if (errno == ENOENT || errno == ENOTDIR || errno == EISDIR || errno == ELOOP || errno == ENAMETOOLONG)
    fail("read", path);
  const bool has_resources = errno != EMFILE && errno != ENFILE && errno != ENOMEM;
  const std::string message =
      fmt::format("cannot read '{}': {}", path.string(), std::generic_category().message(errno));
  if (has_resources) throw UnreadableError(message);
  throw NoResourcesError(message);
}

/// Closes a file descriptor at the end of its scope.
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

/// What a path is if it is not a regular file.
std::string_view name_of_kind(mode_t mode) {
  if (S_ISDIR(mode)) return "folder";
  if (S_ISFIFO(mode)) return "pipe";
  if (S_ISSOCK(mode)) return "socket";
  return "device";
}

/// The target of a path's symbolic links, which need not exist. Throws Error if it is not a file that can be replaced.
std::filesystem::path file_to_replace(std::filesystem::path path) {
  struct stat status {};
  const bool found = ::stat(path.c_str(), &status) == 0;
  if (!found && errno == ELOOP) fail("write", path);
  if (found && !S_ISREG(status.st_mode))
    throw Error(fmt::format("cannot write '{}': it is a {}, and only a file can be replaced; give the name of a file",
                            path.string(), name_of_kind(status.st_mode)));
  std::error_code none;
  while (std::filesystem::is_symlink(path, none)) path = path.parent_path() / std::filesystem::read_symlink(path);
  return path;
}

/// The number of temporary files that this process has made.
std::atomic<std::uint64_t> temporary_files = 0;

/// Whether a name ends in ".cspgan-<process>-<number>.part", as those of temporary files do.
bool is_temporary(std::string_view name) {
  const auto drop = [&](std::string_view end) {
    const bool fits = name.ends_with(end);
    if (fits) name.remove_suffix(end.size());
    return fits;
  };
  const auto drop_digits = [&] {
    const std::size_t size = name.size();
    while (!name.empty() && name.back() >= '0' && name.back() <= '9') name.remove_suffix(1);
    return name.size() < size;
  };
  return drop(".part") && drop_digits() && drop("-") && drop_digits() && drop(".cspgan-");
}

/// Whether no writer holds a lock on the file. False on a file system without locks.
bool is_abandoned(const std::filesystem::path& path) {
  const Descriptor opened{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  return opened.number >= 0 && ::flock(opened.number, LOCK_EX | LOCK_NB) == 0;
}

}  // namespace

FileReader::FileReader(std::filesystem::path path) : path_(std::move(path)) {
  // Opening a pipe to which nobody writes would wait for ever; reading from one that is open ends at once.
  Descriptor opened{::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (opened.number < 0) fail_to_read(path_);
  ::fcntl(opened.number, F_SETFL, ::fcntl(opened.number, F_GETFL) & ~O_NONBLOCK);
  struct stat status {};
  if (::fstat(opened.number, &status) != 0) fail_to_read(path_);
  if (S_ISDIR(status.st_mode)) {
    errno = EISDIR;
    fail("read", path_);
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
  descriptor_ = std::exchange(opened.number, -1);
}

FileReader::~FileReader() { ::close(descriptor_); }

std::string FileReader::read(std::size_t count) {
  constexpr std::uint64_t least = 4096;  // bytes asked for after the known size: the file may have grown, or be a pipe
  std::string content;
  std::size_t filled = 0;
  while (filled < count) {
    if (filled == content.size()) {
      const std::uint64_t left = std::max(size_ - std::min(position_, size_), least);
      content.resize(filled + static_cast<std::size_t>(std::min<std::uint64_t>(left, count - filled)));
    }
    const ssize_t got = ::read(descriptor_, content.data() + filled, content.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_to_read(path_);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    position_ += static_cast<std::uint64_t>(got);
  }
  content.resize(filled);
  return content;
}

std::string FileReader::read_rest() { return read(std::numeric_limits<std::size_t>::max()); }

std::string read_file(const std::filesystem::path& path) { return FileReader(path).read_rest(); }

AtomicFile::AtomicFile(std::filesystem::path path, Durability durability)
    : path_(file_to_replace(std::move(path))), durability_(durability) {
  do {  // on a shared disk, a process of another machine may have this number
    temporary_ = fmt::format("{}.cspgan-{}-{}.part", path_.string(), ::getpid(), ++temporary_files);
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  } while (descriptor_ < 0 && errno == EEXIST);
  if (descriptor_ < 0) fail();
  ::flock(descriptor_, LOCK_EX | LOCK_NB);  // until it is closed; remove_abandoned_files asks for it
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::fail() const { cspgan::fail("write", path_); }

void AtomicFile::append(std::string_view bytes) {
  overwrite(size_, bytes);
  size_ += bytes.size();
}

void AtomicFile::overwrite(std::uint64_t position, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(position));
    if (count < 0 && errno == EINTR) continue;
    if (count == 0) errno = ENOSPC;
    if (count <= 0) fail();
    bytes.remove_prefix(static_cast<std::size_t>(count));
    position += static_cast<std::uint64_t>(count);
  }
}

namespace {

thread_local std::function<void()> guard_of_writes;

}  // namespace

WriteGuard::WriteGuard(std::function<void()> check) : before_(std::exchange(guard_of_writes, std::move(check))) {}

WriteGuard::~WriteGuard() { guard_of_writes = std::move(before_); }

void WriteGuard::ask() {
  if (guard_of_writes) guard_of_writes();
}

void AtomicFile::commit() {
  if (durability_ == Durability::synced && ::fsync(descriptor_) != 0) fail();
  WriteGuard::ask();
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail();
  ::close(std::exchange(descriptor_, -1));
  if (durability_ == Durability::synced) sync_folder(path_.parent_path());
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content, Durability durability) {
  AtomicFile file(path, durability);
  file.append(content);
  file.commit();
}

void remove_abandoned_files(const std::filesystem::path& folder) {
  using std::filesystem::file_time_type;
  constexpr std::chrono::minutes age(1);  // a younger one may not be locked yet
  std::error_code ignored;
  std::vector<std::filesystem::path> abandoned;
  for (std::filesystem::directory_iterator entry(folder, ignored), end; entry != end; entry.increment(ignored)) {
    if (!is_temporary(entry->path().filename().string())) continue;
    const file_time_type written = entry->last_write_time(ignored);
    if (!ignored && written < file_time_type::clock::now() - age && is_abandoned(entry->path()))
      abandoned.push_back(entry->path());
  }
  for (const std::filesystem::path& path : abandoned) std::filesystem::remove(path, ignored);
}

std::string with_home(std::string_view path) {
  const char* const home = std::getenv("HOME");
  if (home == nullptr || *home == 0 || !(path == "~" || path.starts_with("~/"))) return std::string(path);
  return home + std::string(path.substr(1));
}

std::string plain_text(std::string bytes, std::string_view name) {
  if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff"))
    throw Error(fmt::format("'{}' is in UTF-16: save it as UTF-8", name));
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.erase(0, 3);
  return bytes;
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code problem;
  WriteGuard::ask();
  std::filesystem::create_directories(folder, problem);
  if (!problem) return;
  std::error_code unknown;
  for (std::filesystem::path part = folder; part.has_relative_path(); part = part.parent_path())
    if (std::filesystem::is_symlink(part, unknown) && !std::filesystem::exists(part, unknown))
      throw Error(fmt::format("cannot create the folder '{}': '{}' is a link to '{}', which is not there",
                              folder.string(), part.string(), std::filesystem::read_symlink(part, unknown).string()));
  throw Error(fmt::format("cannot create the folder '{}': {}", folder.string(), problem.message()));
}

void require_regular_file(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
    throw Error(fmt::format("'{}' is a {}, not a file", path.string(), name_of_kind(status.st_mode)));
}

namespace {

/// "<path>.replaced", "<path>.replaced-2" and so on.
std::filesystem::path name_aside(const std::filesystem::path& path, int number) {
  return path.string() + (number == 1 ? ".replaced" : fmt::format(".replaced-{}", number));
}

/// The number in such a name of the file `name`; 0 if it is none.
int number_aside(std::string_view aside, const std::string& name) {
  const std::string first = name + ".replaced";
  if (aside == first) return 1;
  if (!aside.starts_with(first + "-")) return 0;
  aside.remove_prefix(first.size() + 1);
  int number = 0;
  const auto [end, error] = std::from_chars(aside.data(), aside.data() + aside.size(), number);
  return error == std::errc() && end == aside.data() + aside.size() && number > 1 ? number : 0;
}

/// The numbers that are taken, smallest first. Some may be missing: somebody has made room.
std::set<int> numbers_aside(const std::filesystem::path& path) {
  std::set<int> numbers;
  std::error_code problem;
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  std::filesystem::directory_iterator entry(folder, problem);
  for (const std::filesystem::directory_iterator end; !problem && entry != end; entry.increment(problem))
    if (const int number = number_aside(entry->path().filename().string(), path.filename().string()); number > 0)
      numbers.insert(number);
  if (problem && problem != std::errc::no_such_file_or_directory)
    throw UnreadableError(fmt::format("cannot read the folder '{}': {}", folder.string(), problem.message()));
  return numbers;
}

/// A name behind all of these, so that the last is the newest.
std::filesystem::path free_name_aside(const std::filesystem::path& path) {
  const std::set<int> taken = numbers_aside(path);
  return name_aside(path, taken.empty() ? 1 : *taken.rbegin() + 1);
}

}  // namespace

std::vector<std::filesystem::path> asides_of(const std::filesystem::path& path) {
  std::vector<std::filesystem::path> asides;
  for (const int number : numbers_aside(path)) asides.push_back(name_aside(path, number));
  return asides;
}

namespace {

/// Whether what was set aside is the same as the file by `same`, which cannot be told of what cannot be read.
bool is_same_aside(const std::filesystem::path& path, const std::filesystem::path& aside,
                   const std::function<bool(const std::filesystem::path&, const std::filesystem::path&)>& same) {
  std::error_code unknown;
  try {
    return std::filesystem::is_regular_file(aside, unknown) && same(path, aside);
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

std::filesystem::path copy_aside(const std::filesystem::path& path) {
  for (const std::filesystem::path& earlier : asides_of(path))
    if (is_same_aside(path, earlier, have_same_bytes)) return earlier;
  std::filesystem::path aside = free_name_aside(path);
  write_file_atomically(aside, read_file(path));
  return aside;
}

std::filesystem::path set_aside(const std::filesystem::path& path) {
  std::filesystem::path aside = free_name_aside(path);
  std::error_code problem;
  WriteGuard::ask();
  std::filesystem::rename(path, aside, problem);
  if (problem)
    throw Error(fmt::format("cannot set '{}' aside as '{}': {}", path.string(), aside.string(), problem.message()));
  return aside;
}

void remove_file(const std::filesystem::path& path) {
  std::error_code stays;
  WriteGuard::ask();
  std::filesystem::remove(path, stays);
}

void set_aside_all(const std::vector<std::filesystem::path>& paths) {
  std::vector<std::pair<std::filesystem::path, std::filesystem::path>> renamed;
  try {
    for (const std::filesystem::path& path : paths) renamed.emplace_back(path, set_aside(path));
  } catch (const Error&) {
    WriteGuard::ask();
    for (const auto& [path, aside] : renamed) {
      std::error_code stays;
      std::filesystem::rename(aside, path, stays);
    }
    throw;
  }
}

bool have_same_bytes(const std::filesystem::path& one, const std::filesystem::path& other) {
  constexpr std::size_t piece = 1 << 20;
  FileReader first(one), second(other);
  for (;;) {
    const std::string bytes = first.read(piece);
    if (bytes != second.read(piece)) return false;
    if (bytes.empty()) return true;
  }
}

void remove_same_asides(const std::filesystem::path& path,
                        const std::function<bool(const std::filesystem::path&, const std::filesystem::path&)>& same) {
  for (const std::filesystem::path& aside : asides_of(path)) {
    if (is_same_aside(path, aside, same)) remove_file(aside);
  }
}

}  // namespace cspgan
