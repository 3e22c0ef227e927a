// A short text that identifies a set of images; it is kept in run.json so that a resumed run notices different data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace [[gnu::visibility("default")]] cspgan {

/// A 64-bit XXH3 hash of everything that has been added, in order. It guards against mistakes, not against forgery.
class Fingerprint {
 public:
  Fingerprint& add(std::string_view text);
  Fingerprint& add(std::uint64_t number);

  /// The hash as a number.
  std::uint64_t number() const { return state_; }
  /// The hash as a number in [0, 1), by which a set can be parted.
  double position() const { return static_cast<double>(state_ >> 11) * 0x1p-53; }
  /// "xxh3:" and 16 hexadecimal digits, the same on every machine. `method`, before the colon, says what was hashed,
  /// and how: of two texts with different ones nobody can tell whether the images differ.
  std::string text(std::string_view method = "xxh3") const;

 private:
  std::uint64_t state_ = 0;
};

/// The method of sources: the names and sizes of all images, and the content of so many of them, evenly spaced.
inline constexpr std::string_view sampled_images = "xxh3-sampled";
inline constexpr std::size_t images_looked_at = 64;

}  // namespace cspgan
