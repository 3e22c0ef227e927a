// The cache is filled without a lock: one thread claims an entry, and meanwhile others make the image for themselves.
#include "data/image_cache.hpp"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <thread>

#include "cspgan/data/resize.hpp"

namespace cspgan::detail {

ImageCache::ImageCache(AnyImageSource source, std::int64_t image_size, std::int64_t mebibytes)
    : source_(std::move(source)),
      image_size_(image_size),
      entries_(std::make_unique<std::atomic<Entry>[]>(static_cast<std::size_t>(source_.size()))),
      capacity_(std::min(source_.size(), mebibytes * 1024 * 1024 / image_bytes())),
      kept_(at::empty({capacity_, 3, image_size, image_size}, at::kByte)),
      noted_(static_cast<std::size_t>(source_.size())) {}

Tensor ImageCache::make(std::int64_t index) {
  const Tensor image = source_.image(index);
  Tensor resized = resize(center_crop_square(image), image_size_);
  note(index, image, resized);
  return resized;
}

Tensor ImageCache::make_patiently(std::int64_t index) {
  constexpr std::array pauses{std::chrono::milliseconds(10), std::chrono::milliseconds(50),
                              std::chrono::milliseconds(200)};
  constexpr int most_in_vain = 4;  // after a permanent failure of a disk, do not wait for each of its images
  for (std::size_t tries = 0;; ++tries) {
    try {
      Tensor image = make(index);
      if (in_vain_ != 0) in_vain_ = 0;
      return image;
    } catch (const NoResourcesError&) {  // not the image's fault, which must not be left out for it
      constexpr std::size_t most_tries = 100;
      if (tries == most_tries) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    } catch (const TransientImageError&) {
      if (tries >= pauses.size()) ++in_vain_;
      if (tries >= pauses.size() || in_vain_ >= most_in_vain) throw;
      std::this_thread::sleep_for(pauses[tries]);
    }
  }
}

std::string ImageCache::known_reason(std::int64_t index) {
  const std::lock_guard lock(mutex_);
  return reasons_.at(index);
}

std::uint8_t* ImageCache::place_of(std::int64_t index) const {
  return index < capacity_ ? kept_.mutable_data_ptr<std::uint8_t>() + index * image_bytes() : nullptr;
}

void ImageCache::note(std::int64_t index, const Tensor& image, const Tensor& resized) {
  {
    const std::lock_guard lock(mutex_);
    if (noted_[static_cast<std::size_t>(index)]) return;
    noted_[static_cast<std::size_t>(index)] = true;
  }
  const auto* const values = resized.const_data_ptr<std::uint8_t>();
  const auto [darkest, brightest] = std::minmax_element(values, values + resized.numel());
  const std::int64_t height = image.size(1), width = image.size(2), side = std::min(height, width);
  const std::lock_guard lock(mutex_);
  ++notes_.read;
  notes_.brightest = std::max<int>(notes_.brightest, *brightest);
  if (*brightest - *darkest < ImageNotes::flat_range) ++notes_.flat;
  if (side < image_size_ &&
      (notes_.enlarged++ == 0 || side < std::min(notes_.smallest_height, notes_.smallest_width))) {
    notes_.smallest_height = height;
    notes_.smallest_width = width;
  }
}

ImageNotes ImageCache::notes() {
  const std::lock_guard lock(mutex_);
  return notes_;
}

std::string ImageCache::settle_bad(std::int64_t index, const char* reason, std::uint8_t* out) {
  auto& entry = entries_[static_cast<std::size_t>(index)];
  {
    const std::lock_guard lock(mutex_);  // threads that find the entry bad wait here for its reason
    Entry expected = Entry::empty;
    if (entry.compare_exchange_strong(expected, Entry::bad, std::memory_order_acq_rel)) {
      reasons_.emplace(index, reason);
      if (!noted_[static_cast<std::size_t>(index)]) ++notes_.read;
    }
    if (expected == Entry::empty || expected == Entry::bad) return reasons_.at(index);
  }
  while (entry.load(std::memory_order_acquire) != Entry::filled) std::this_thread::yield();  // a copy is in progress
  std::memcpy(out, place_of(index), static_cast<std::size_t>(image_bytes()));
  return "";
}

std::string ImageCache::load(std::int64_t index, std::uint8_t* out) {
  auto& entry = entries_[static_cast<std::size_t>(index)];
  const auto bytes = static_cast<std::size_t>(image_bytes());
  std::uint8_t* const place = place_of(index);
  const Entry state = entry.load(std::memory_order_acquire);
  if (state == Entry::bad) return known_reason(index);
  if (state == Entry::filled) {
    std::memcpy(out, place, bytes);
    return "";
  }
  try {
    const Tensor image = make_patiently(index);
    std::memcpy(out, image.const_data_ptr<std::uint8_t>(), bytes);
  } catch (const ImageError& error) {
    return settle_bad(index, error.what(), out);
  }
  Entry expected = Entry::empty;
  if (place != nullptr && entry.compare_exchange_strong(expected, Entry::being_filled, std::memory_order_acquire)) {
    std::memcpy(place, out, bytes);
    entry.store(Entry::filled, std::memory_order_release);
  }
  return "";
}

}  // namespace cspgan::detail
