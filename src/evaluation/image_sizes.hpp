// The sizes of a set's images, for warnings.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "cspgan/core/tensor.hpp"

namespace cspgan {

class ImageSizes {
 public:
  /// Heights and widths, int64 [N >= 1, 2].
  explicit ImageSizes(const Tensor& sizes);

  std::int64_t smallest_side() const { return images_.begin()->first[0]; }
  /// "24x32", width first, of the image with the smallest side.
  std::string smallest() const;
  /// The number of images whose shorter side is below `side`.
  std::int64_t smaller_than(std::int64_t side) const;
  std::int64_t count() const;
  bool are_all_of_one_size() const { return images_.size() == 1; }
  /// "32x32 pixels", or "3 different sizes from 24x32 to 64x64 pixels".
  std::string text() const;

 private:
  std::map<std::array<std::int64_t, 3>, std::int64_t> images_;  // number of images by shorter side, height and width
};

/// A warning if images that are compared as they are do not all have one size; else "".
std::string different_sizes_warning(const ImageSizes& reals, const ImageSizes& fakes);

/// A warning if some of the images that were resized to one size had to be enlarged; else "".
std::string enlarged_warning(std::string_view what, const ImageSizes& sizes, std::int64_t image_size);

}  // namespace cspgan
