// FFHQ (Karras et al. 2019, "A Style-Based Generator Architecture for GANs") in its published layout, or any folder of
// its numbered images.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "cspgan/data/image_folder.hpp"
#include "cspgan/data/partition.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// An ImageSource over numbered images, 00000.png (or .jpg) and so on, in the folder or in subfolders of it (00000/,
/// 01000/, ...). Where the folder is the published root, thumbnails128x128/ serves sizes up to 128 and
/// images1024x1024/ the larger ones, whichever of the two is there. Numbers below 60,000 are the training images, the
/// others the validation images, as the publishers have it.
class FFHQ {
 public:
  /// `image_size` is what the images will be resized to. Throws Error as ImageFolder does or where no image is of the
  /// partition, OptionError for Partition::test, which FFHQ does not have.
  explicit FFHQ(const std::filesystem::path& folder, Partition partition = Partition::all,
                std::int64_t image_size = 128);

  std::int64_t size() const { return images_.size(); }
  Tensor image(std::int64_t index) const { return images_.image(index); }
  const std::string& name(std::int64_t index) const { return images_.name(index); }
  std::string fingerprint() const { return images_.fingerprint(); }
  /// The images of the partition, as files.
  const ImageFolder& files() const { return images_; }

 private:
  ImageFolder images_;
};

}  // namespace cspgan
