// All images below a folder, or in a zip archive.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cspgan/core/tensor.hpp"
#include "cspgan/data/folder_contents.hpp"
#include "cspgan/data/labels.hpp"

namespace [[gnu::visibility("default")]] cspgan {

namespace detail {
class FileTree;
}

/// An ImageSource over the files of a folder or a zip archive, which is read without unpacking it; named and sorted by
/// their path in it. Hidden files and folders, the thumbnails of NAS boxes (`@eaDir`) and the folders of runs are left
/// out; links to folders are followed, but each folder is visited only once.
class ImageFolder {
 public:
  /// Finds every image below `folder`, or in the archive. Folders below it that cannot be read are left out, see
  /// found(). Throws Error naming the folder if it is missing, neither a folder nor an archive, unreadable, empty or
  /// without images.
  explicit ImageFolder(const std::filesystem::path& folder);
  /// Takes exactly these files of `folder`, in this order, without checking that they exist.
  ImageFolder(std::filesystem::path folder, std::vector<std::string> names);
  /// All images of a tree of files.
  explicit ImageFolder(std::shared_ptr<const detail::FileTree> tree);
  /// Takes these files of a tree, named by their path below `prefix`: for sources that know a layout.
  ImageFolder(std::shared_ptr<const detail::FileTree> tree, std::string prefix, std::vector<std::string> names);

  /// These of the folder's images alone, in this order. `part` says what they are, such as "the train partition", and
  /// `missing` how many more of them there should be; what was left out of the folder stays said. `unread`: further
  /// files in formats that are not read, by extension.
  ImageFolder with_names(std::vector<std::string> names, std::string part, std::int64_t missing = 0,
                         std::map<std::string, std::int64_t> unread = {}) const;
  /// The same images with these labels, one row for each.
  ImageFolder with_labels(Labels labels) const;

  /// Number of images.
  std::int64_t size() const { return static_cast<std::int64_t>(names_.size()); }
  /// uint8 [3, H, W]; throws ImageError if the file cannot be read or decoded.
  Tensor image(std::int64_t index) const;
  /// The file's bytes; throws ImageError if it cannot be read.
  std::optional<std::string> encoded(std::int64_t index) const;
  /// Path below the folder, with forward slashes.
  const std::string& name(std::int64_t index) const;
  /// The folder or the archive as it was given, or the folder within.
  const std::filesystem::path& folder() const { return folder_; }
  /// What a dataset.json says (StyleGAN2-ADA's format: {"labels": [["00000/a.png", 3], ...]}), if there is one; else,
  /// if there are images in two subfolders or more, the subfolder of each, and none for an image beside these; else
  /// none.
  const Labels& labels() const { return labels_; }
  /// What was found, and what of it is left out.
  const FolderContents& found() const { return found_; }
  /// The same as a sentence.
  std::string contents() const { return contents_text(found_); }
  /// A hash of the names and sizes of all files and of the content of some; where the folder is makes no difference.
  std::string fingerprint() const;

 private:
  std::shared_ptr<const detail::FileTree> tree_;
  std::string prefix_;  // of the names in the tree
  std::filesystem::path folder_;
  std::vector<std::string> names_;
  FolderContents found_;
  Labels labels_;
};

}  // namespace cspgan
