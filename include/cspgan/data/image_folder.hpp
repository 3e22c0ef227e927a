// All images below a folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// An ImageSource over files, named by their path below the folder and sorted by it. Hidden files and folders are left
/// out; links to folders are followed, each folder once.
class ImageFolder {
 public:
  /// Every image below `folder`. Throws Error naming the folder where it is missing, no folder, unreadable, empty or
  /// without images.
  explicit ImageFolder(const std::filesystem::path& folder);
  /// These files of `folder` and no others, in this order; nothing is looked up.
  ImageFolder(std::filesystem::path folder, std::vector<std::string> names);

  std::int64_t size() const { return static_cast<std::int64_t>(names_.size()); }
  /// uint8 [3, H, W]; throws ImageError where the file cannot be read or decoded.
  Tensor image(std::int64_t index) const;
  /// Path below the folder, with forward slashes.
  const std::string& name(std::int64_t index) const;
  const std::filesystem::path& folder() const { return folder_; }
  /// Names and file sizes; neither content nor the place of the folder.
  std::string fingerprint() const;

 private:
  std::filesystem::path folder_;
  std::vector<std::string> names_;
};

}  // namespace cspgan
