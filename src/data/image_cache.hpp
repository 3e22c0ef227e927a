// One image of a source as the network wants it, from memory where it was made before.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "cspgan/core/tensor.hpp"
#include "cspgan/data/image_source.hpp"

namespace cspgan::detail {

/// Cropped and resized images [3, size, size] of a source. Used by several threads at once.
class ImageCache {
 public:
  /// Keeps images only where all of them fit in `mebibytes`; else each is made again each time.
  ImageCache(AnyImageSource source, std::int64_t image_size, std::int64_t mebibytes);

  /// Bytes of one image.
  std::int64_t image_bytes() const { return 3 * image_size_ * image_size_; }

  /// Copies image `index` to `out`. Returns "" or, where the source throws ImageError, its reason: then the image is
  /// bad from now on, for all threads. After a TransientImageError there are up to three more tries, within 0.3
  /// seconds.
  std::string load(std::int64_t index, std::uint8_t* out);

 private:
  enum class Entry : std::uint8_t { empty, being_filled, filled, bad };

  Tensor make(std::int64_t index) const;
  Tensor make_patiently(std::int64_t index);
  /// The reason of a bad image; where another thread has had the image, "" and the image in `out`.
  std::string settle_bad(std::int64_t index, const char* reason, std::uint8_t* out);
  std::string known_reason(std::int64_t index);
  std::uint8_t* place_of(std::int64_t index) const;

  AnyImageSource source_;
  std::int64_t image_size_;
  std::unique_ptr<std::atomic<Entry>[]> entries_;
  Tensor kept_;                   // [size, 3, image_size, image_size], or undefined where nothing is kept
  std::atomic<int> in_vain_ = 0;  // images, one after the other, that no further try has brought
  std::mutex mutex_;
  std::unordered_map<std::int64_t, std::string> reasons_;  // of bad images
};

}  // namespace cspgan::detail
