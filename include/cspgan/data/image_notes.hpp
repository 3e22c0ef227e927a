// What training, and whoever packs images for it, should know of them.
#pragma once

#include <cstdint>

namespace [[gnu::visibility("default")]] cspgan {

/// What was found in the images that were read, each counted once.
struct ImageNotes {
  static constexpr int flat_range = 8;  // of 255

  std::int64_t read = 0;             // images that were read, or could not be
  std::int64_t enlarged = 0;         // images that were smaller than the size to which they are resized
  std::int64_t smallest_height = 0;  // of the smallest of these, in pixels
  std::int64_t smallest_width = 0;
  std::int64_t flat = 0;  // images whose values differ by less than flat_range
  int brightest = 0;      // the largest value of all images, in [0, 255]
  friend bool operator==(const ImageNotes&, const ImageNotes&) = default;
};

}  // namespace cspgan
