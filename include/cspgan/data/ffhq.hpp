// FFHQ (Karras et al. 2019, "A Style-Based Generator Architecture for GANs") in its published layout, or any folder of
// its numbered images.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "cspgan/data/image_folder.hpp"
#include "cspgan/data/partition.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// An ImageSource over numbered images, 00000.png (or .jpg) and so on, in the folder, its subfolders (00000/,
/// 01000/, ...) or a zip archive of them. If the folder is the published root, sizes up to 128 are read from
/// thumbnails128x128/ and larger ones from images1024x1024/; if only one of the two exists, it is used for all sizes.
/// Images numbered below 60,000 are the training set and the others the validation set, as in the published split.
class FFHQ {
 public:
  /// `image_size` is the size, in pixels, to which the images will be resized later. Throws Error as ImageFolder does,
  /// or if the partition has no images; OptionError for Partition::test, which FFHQ does not have.
  explicit FFHQ(const std::filesystem::path& folder, Partition partition = Partition::all,
                std::int64_t image_size = 128);
  FFHQ(const std::shared_ptr<const detail::FileTree>& tree, Partition partition, std::int64_t image_size);
  /// Whether the tree is the published root.
  static bool is_in(const detail::FileTree& tree);

  /// Number of images.
  std::int64_t size() const { return images_.size(); }
  /// uint8 [3, H, W]; throws ImageError if the file cannot be read or decoded.
  Tensor image(std::int64_t index) const { return images_.image(index); }
  /// Path below the folder.
  const std::string& name(std::int64_t index) const { return images_.name(index); }
  /// What was found and what is left out, as a sentence.
  std::string contents() const { return images_.contents(); }
  /// The fingerprint of the images, as ImageFolder computes it.
  std::string fingerprint() const { return images_.fingerprint(); }
  std::optional<std::string> encoded(std::int64_t index) const { return images_.encoded(index); }
  /// The images of the partition, as files.
  const ImageFolder& files() const { return images_; }

 private:
  ImageFolder images_;
};

}  // namespace cspgan
