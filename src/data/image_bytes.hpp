// Reads numbers from the bytes of an image file. Offsets must lie within the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cspgan::detail {

inline std::uint32_t byte_at(std::string_view bytes, std::size_t place) {
  return static_cast<unsigned char>(bytes[place]);
}

inline std::uint32_t big_endian(std::string_view bytes, std::size_t place, std::size_t count) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < count; ++i) number = (number << 8) | byte_at(bytes, place + i);
  return number;
}

/// The orientation, 1 to 8, in Exif's TIFF block ("II*\0..." or "MM\0*..."); 1 if the block is invalid.
int tiff_orientation(std::string_view tiff);

}  // namespace cspgan::detail
