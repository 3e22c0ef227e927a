// Cropped and resized images of a source, cached in memory.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "cspgan/core/tensor.hpp"
#include "cspgan/data/image_source.hpp"
#include "cspgan/data/loader.hpp"

namespace cspgan::detail {

/// Cropped and resized images [3, size, size] of a source. Thread-safe.
class ImageCache {
 public:
  /// Caches as many images as fit in `mebibytes`; the others are made anew every time.
  ImageCache(AnyImageSource source, std::int64_t image_size, std::int64_t mebibytes);

  /// Bytes of one image.
  std::int64_t image_bytes() const { return 3 * image_size_ * image_size_; }

  /// Copies image `index` to `out`. Returns "" or, if the source throws ImageError, its reason; the image then counts
  /// as bad from now on, for all threads. After a TransientImageError there are up to three more attempts, within 0.3
  /// seconds.
  std::string load(std::int64_t index, std::uint8_t* out);

  /// Of the images that were made so far.
  ImageNotes notes();

 private:
  enum class Entry : std::uint8_t { empty, being_filled, filled, bad };

  Tensor make(std::int64_t index);
  Tensor make_patiently(std::int64_t index);
  /// Marks an image as bad and returns the reason; if another thread has read the image meanwhile, copies it to `out`
  /// and returns "".
  std::string settle_bad(std::int64_t index, const char* reason, std::uint8_t* out);
  std::string known_reason(std::int64_t index);
  std::uint8_t* place_of(std::int64_t index) const;
  /// Notes the size of the source's image and the values of the resized one.
  void note(std::int64_t index, const Tensor& image, const Tensor& resized);

  AnyImageSource source_;
  std::int64_t image_size_;
  std::unique_ptr<std::atomic<Entry>[]> entries_;
  std::int64_t capacity_;         // so many images are cached: the first of the source
  Tensor kept_;                   // [capacity, 3, image_size, image_size]
  std::atomic<int> in_vain_ = 0;  // consecutive images that no further attempt could read
  std::mutex mutex_;
  std::unordered_map<std::int64_t, std::string> reasons_;  // why images are bad, by index
  std::vector<bool> noted_;                                // by index: the image is in the notes
  ImageNotes notes_;
};

}  // namespace cspgan::detail
