// CelebA (Liu et al. 2015, "Deep Learning Face Attributes in the Wild") in its published layout.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/data/image_folder.hpp"
#include "cspgan/data/partition.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// An ImageSource over the rows that list_eval_partition.txt gives to a partition and whose files are there.
///
/// The folder holds list_eval_partition.txt (or Eval/...), list_attr_celeba.txt (or Anno/..., needed for attributes
/// only) and the images in img_align_celeba/, img_align_celeba/img_align_celeba/, Img/img_align_celeba/ or itself.
class CelebA {
 public:
  /// Throws Error that names what is missing and what the folder must hold, or the line of a list that cannot be read.
  explicit CelebA(const std::filesystem::path& folder, Partition partition = Partition::train);

  std::int64_t size() const { return images_.size(); }
  Tensor image(std::int64_t index) const { return images_.image(index); }
  const std::string& name(std::int64_t index) const { return images_.name(index); }
  std::string fingerprint() const { return images_.fingerprint(); }
  /// The images of the partition, as files.
  const ImageFolder& files() const { return images_; }

  /// Rows of the partition whose file is not in the folder: 0 for a whole data set.
  std::int64_t missing() const { return missing_; }

  /// "5_o_Clock_Shadow", ..., "Young"; empty where the folder has no attribute list.
  const std::vector<std::string>& attribute_names() const { return attribute_names_; }
  /// One for each attribute name, in their order. Throws Error where there is no list or it lacks this image.
  std::vector<bool> attributes(std::int64_t index) const;
  /// Throws Error naming the nearest attribute where there is none of that name.
  bool attribute(std::int64_t index, std::string_view attribute_name) const;

 private:
  void read_attributes(const std::filesystem::path& list);

  ImageFolder images_;
  std::int64_t missing_ = 0;
  std::vector<std::string> attribute_names_;
  std::vector<std::vector<bool>> attributes_;  // a row for each image; empty where the list lacks it
};

}  // namespace cspgan
