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

/// An ImageSource over the images that list_eval_partition.txt assigns to a partition and whose files exist.
///
/// The folder, or a zip archive of it, holds list_eval_partition.txt (or Eval/...), list_attr_celeba.txt (or Anno/...,
/// needed for attributes only) and the images, either directly or in img_align_celeba/,
/// img_align_celeba/img_align_celeba/ or Img/img_align_celeba/. Kaggle's lists (.csv) serve as well.
class CelebA {
 public:
  /// Throws Error naming what is missing and what the folder must hold, or the line of the list of partitions that
  /// cannot be parsed.
  explicit CelebA(const std::filesystem::path& folder, Partition partition = Partition::train);
  CelebA(const std::shared_ptr<const detail::FileTree>& tree, Partition partition);
  /// Whether the tree holds the list of the partitions.
  static bool is_in(const detail::FileTree& tree);

  /// Number of images.
  std::int64_t size() const { return images_.size(); }
  /// uint8 [3, H, W]; throws ImageError if the file cannot be read or decoded.
  Tensor image(std::int64_t index) const { return images_.image(index); }
  /// The file name, such as "000001.jpg".
  const std::string& name(std::int64_t index) const { return images_.name(index); }
  /// What was found, what is missing and what is left out, as a sentence.
  std::string contents() const { return images_.contents(); }
  /// The fingerprint of the images, as ImageFolder computes it.
  std::string fingerprint() const { return images_.fingerprint(); }
  /// The attributes, a column each with the classes "-1" and "1".
  const Labels& labels() const { return images_.labels(); }
  std::optional<std::string> encoded(std::int64_t index) const { return images_.encoded(index); }
  /// The images of the partition, as files.
  const ImageFolder& files() const { return images_; }

  /// Number of images of the partition whose file is not in the folder; 0 if the data set is complete.
  std::int64_t missing() const { return images_.found().missing; }

  /// "5_o_Clock_Shadow", ..., "Young"; empty if the folder has no attribute list.
  const std::vector<std::string>& attribute_names() const { return attribute_names_; }
  /// One value for each attribute name, in the same order. Throws Error if there is no list, if it cannot be read, or
  /// if it lacks this image.
  std::vector<bool> attributes(std::int64_t index) const;
  /// The value of one attribute. Throws Error suggesting the most similar name if there is no such attribute.
  bool attribute(std::int64_t index, std::string_view attribute_name) const;

 private:
  ImageFolder images_;
  std::vector<std::string> attribute_names_;
};

}  // namespace cspgan
