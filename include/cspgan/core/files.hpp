// Whole files: read at once, written so that a reader sees the old or the new content and never a part of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace cspgan {

/// Throws Error naming the path and the system's reason.
std::string read_file(const std::filesystem::path& path);

/// Whether a file must survive a power cut from the moment that it is written, which costs a wait for the disk.
enum class Durability { synced, cached };

/// A file that is written in parts and stands under its name only once it is whole: until then it has a temporary name
/// in the same folder, "<name>.<process>-<number>.part", that no other writer of the file has. Of several writers the
/// last to commit wins. A symbolic link stays, and the file that it leads to is written. Its functions throw Error
/// naming the path and the reason: the system's, or that a folder, a pipe or a device stands there.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path, Durability durability = Durability::synced);
  /// Without a commit() nothing remains of it, and an older file of the name stays.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void append(std::string_view bytes);
  /// In place of as many bytes that were appended, from the byte `position` on.
  void overwrite(std::uint64_t position, std::string_view bytes);
  /// Syncs (cached files, which can be made again, are not), renames and syncs the folder.
  void commit();

 private:
  [[noreturn]] void fail() const;

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  Durability durability_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;  // bytes appended
};

/// The whole of a file's content at once, as AtomicFile writes it.
void write_file_atomically(const std::filesystem::path& path, std::string_view content,
                           Durability durability = Durability::synced);

/// Removes temporary files that killed processes left in a folder: those that no AtomicFile writes any more, older than
/// a minute. On a file system without locks they stay. What cannot be removed stays, too.
void remove_abandoned_files(const std::filesystem::path& folder);

/// With all above it, where they are missing. Throws Error naming the path and the system's reason.
void make_folder(const std::filesystem::path& folder);

}  // namespace cspgan
