// The files of a data set: a folder, or a zip archive that is read without unpacking it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cspgan/data/folder_contents.hpp"

namespace cspgan::detail {

/// Bytes that no picture needs more of: a file, or what an archive unpacks to, may be anything.
inline constexpr std::uint64_t largest_image_file = std::uint64_t{1} << 30;

/// Files are named by their path below the root, with forward slashes. Hidden files and folders, the thumbnails of NAS
/// boxes (`@eaDir`), what macOS adds to archives (`__MACOSX`) and the folders of runs are left out. Immutable, and
/// thread-safe.
class FileTree {
 public:
  explicit FileTree(std::filesystem::path place) : place_(std::move(place)) {}
  virtual ~FileTree() = default;
  FileTree(const FileTree&) = delete;
  FileTree& operator=(const FileTree&) = delete;

  /// The folder or the archive, as it was given.
  const std::filesystem::path& place() const { return place_; }
  /// Images by their extension, sorted.
  const std::vector<std::string>& images() const { return images_; }
  /// Files that may say something of the images (.txt, .csv, .tsv, .json), sorted.
  const std::vector<std::string>& lists() const { return lists_; }
  const FolderContents& found() const { return found_; }

  /// Throws ImageError with the reason, and TransientImageError if another attempt may succeed.
  virtual std::string read(const std::string& name) const = 0;
  /// Bytes; 0 if the file is not there.
  virtual std::uint64_t size(const std::string& name) const = 0;

 protected:
  /// Files the path under images, lists and found.
  void add(const std::string& name);
  void sort();

  std::filesystem::path place_;
  std::vector<std::string> images_, lists_;
  FolderContents found_;
};

/// Whether a file or folder of this name (not path) is left out.
bool is_hidden(const std::string& name);
/// Whether a folder with a file of this name holds a run, which would otherwise train on its own pictures.
bool is_file_of_run(std::string_view name);

/// Throws Error naming the place if it is missing, unreadable, or neither a folder nor a zip archive.
std::shared_ptr<const FileTree> open_tree(const std::filesystem::path& place);
/// The folder without looking at what it holds.
std::shared_ptr<const FileTree> unread_folder(const std::filesystem::path& folder);
/// Throws Error naming the archive and libzip's reason.
std::shared_ptr<const FileTree> open_zip(const std::filesystem::path& archive);

/// The path of the first list of this name that is highest in the tree; "" if there is none.
std::string find_list(const FileTree& tree, std::string_view name);
/// The folder that the path lies in, with a slash at its end; "" for the root.
std::string folder_of(const std::string& path);
/// The same of a folder, with a slash at its end, that is not the root.
std::string folder_above(const std::string& folder);
/// The folders that all paths have in common, with a slash at their end; "" if there are none.
std::string common_folder(const std::vector<std::string>& paths);

}  // namespace cspgan::detail
