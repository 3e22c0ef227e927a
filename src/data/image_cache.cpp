// Filling the cache without a lock: an entry is claimed by one thread, and others make the image for themselves.
#include "data/image_cache.hpp"

#include <ATen/ops/empty.h>

#include <cstring>

#include "cspgan/data/resize.hpp"

namespace cspgan::detail {

ImageCache::ImageCache(AnyImageSource source, std::int64_t image_size, std::int64_t mebibytes)
    : source_(std::move(source)),
      image_size_(image_size),
      entries_(std::make_unique<std::atomic<Entry>[]>(static_cast<std::size_t>(source_.size()))) {
  const std::int64_t limit = mebibytes * 1024 * 1024;
  if (source_.size() <= limit / image_bytes())
    kept_ = at::empty({source_.size(), 3, image_size, image_size}, at::kByte);
}

Tensor ImageCache::make(std::int64_t index) const {
  const Tensor image = source_.image(index);
  return resize(centre_crop_square(image), image_size_);
}

std::string ImageCache::known_reason(std::int64_t index) {
  const std::lock_guard lock(mutex_);
  return reasons_.at(index);
}

std::string ImageCache::load(std::int64_t index, std::uint8_t* out) {
  auto& entry = entries_[static_cast<std::size_t>(index)];
  const auto bytes = static_cast<std::size_t>(image_bytes());
  std::uint8_t* const place =
      kept_.defined() ? kept_.mutable_data_ptr<std::uint8_t>() + index * image_bytes() : nullptr;
  const Entry state = entry.load(std::memory_order_acquire);
  if (state == Entry::bad) return known_reason(index);
  if (state == Entry::filled) {
    std::memcpy(out, place, bytes);
    return "";
  }
  try {
    const Tensor image = make(index);
    std::memcpy(out, image.const_data_ptr<std::uint8_t>(), bytes);
  } catch (const ImageError& error) {
    {
      const std::lock_guard lock(mutex_);
      reasons_.emplace(index, error.what());
    }
    entry.store(Entry::bad, std::memory_order_release);
    return known_reason(index);
  }
  Entry expected = Entry::empty;
  if (place != nullptr && entry.compare_exchange_strong(expected, Entry::being_filled, std::memory_order_acquire)) {
    std::memcpy(place, out, bytes);
    entry.store(Entry::filled, std::memory_order_release);
  }
  return "";
}

}  // namespace cspgan::detail
