// Reads whole files, and writes them so that a reader sees either the old content or the new, never a part.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace [[gnu::visibility("default")]] cspgan {

/// The content of a file. Throws Error naming the path and the system's reason.
std::string read_file(const std::filesystem::path& path);

/// synced: a committed file survives a power failure; this costs a wait for the disk (fsync). cached: the system
/// chooses when to write the file to the disk; use it for files that can be made again.
enum class Durability { synced, cached };

/// A file that is written piece by piece and replaces an older one of its name only when it is complete. Until then
/// it is "<name>.<process>-<number>.part" in the same folder, which no other writer uses. Of several writers, the last
/// to commit wins. If the path is a symbolic link, the link stays and its target is replaced. All functions throw Error
/// naming the path and the reason: the system's, or that the path is a folder, a pipe or a device.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path, Durability durability = Durability::synced);
  /// If commit() was never called, removes the temporary file; an existing file is untouched.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void append(std::string_view bytes);
  /// Replaces bytes that were appended, from byte `position` on.
  void overwrite(std::uint64_t position, std::string_view bytes);
  /// Renames the temporary file to its final name; if synced, syncs the file before and the folder after.
  void commit();

 private:
  [[noreturn]] void fail() const;

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  Durability durability_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;  // bytes appended
};

/// As long as it lives, `check` is called before each AtomicFile of this thread takes its place, when the new file is
/// in its folder already, and before each row is appended to an open log. So a folder that is renamed at any moment,
/// and another that takes its name, get nothing that was meant for the other. What `check` throws is thrown there.
class WriteGuard {
 public:
  explicit WriteGuard(std::function<void()> check);
  ~WriteGuard();
  WriteGuard(const WriteGuard&) = delete;
  WriteGuard& operator=(const WriteGuard&) = delete;

  /// Calls the check of this thread's guard, if there is one.
  static void ask();

 private:
  std::function<void()> before_;
};

/// Writes a file's whole content as AtomicFile does.
void write_file_atomically(const std::filesystem::path& path, std::string_view content,
                           Durability durability = Durability::synced);

/// Removes the temporary files that killed processes left in a folder: those that are older than a minute and that no
/// AtomicFile holds a lock on. Keeps them on a file system without locks, and ignores those that cannot be removed.
void remove_abandoned_files(const std::filesystem::path& folder);

/// Renames the file or folder at `path` to "<path>.replaced", or to "<path>.replaced-2", ... if that exists, so that
/// nothing is overwritten. Returns the new path. Throws Error naming both paths and the system's reason, and what a
/// WriteGuard's check throws.
std::filesystem::path set_aside(const std::filesystem::path& path);
/// Removes a file, or leaves it if the system does not let us. Throws what a WriteGuard's check throws.
void remove_file(const std::filesystem::path& path);
/// Renames all of these so, or none: if one cannot be renamed, the others get their names back.
void set_aside_all(const std::vector<std::filesystem::path>& paths);
/// Writes a copy of the file under such a name, unless there is one, and leaves the file as it is. Throws Error.
std::filesystem::path copy_aside(const std::filesystem::path& path);
/// What was set aside from `path` so far, the oldest first.
std::vector<std::filesystem::path> asides_of(const std::filesystem::path& path);
/// Whether two files have the same bytes. Throws Error if one cannot be read.
bool have_same_bytes(const std::filesystem::path& one, const std::filesystem::path& other);
/// Removes what was set aside from `path` and is the same as the file that is there now: a run that was killed and goes
/// on from an earlier step comes to the same files again. What cannot be read or removed stays.
void remove_same_asides(
    const std::filesystem::path& path,
    const std::function<bool(const std::filesystem::path&, const std::filesystem::path&)>& same = have_same_bytes);

/// Throws Error if there is something at the path that is not a file, such as a pipe, from which reading may never end.
void require_regular_file(const std::filesystem::path& path);

/// "~/x" with the user's home folder ($HOME) in the place of ~; any other path, or all if there is no home, as it is.
std::string with_home(std::string_view path);

/// The text of a file that somebody may have written in an editor: without a byte order mark. Throws Error naming
/// `name` if it is UTF-16, as PowerShell writes it.
std::string plain_text(std::string bytes, std::string_view name);

/// Creates a folder and its missing parents. Throws Error naming the path and the system's reason.
void make_folder(const std::filesystem::path& folder);

}  // namespace cspgan
