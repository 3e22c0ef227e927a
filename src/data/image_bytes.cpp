// Exif's orientation (CIPA DC-008, 4.6).
#include "data/image_bytes.hpp"

namespace cspgan::detail {

using namespace std::string_view_literals;

int tiff_orientation(std::string_view tiff) {
  if (tiff.size() < 8) return 1;
  const bool little = tiff.substr(0, 4) == "II*\0"sv;
  if (!little && tiff.substr(0, 4) != "MM\0*"sv) return 1;
  const auto number = [&](std::size_t place, std::size_t count) {
    if (!little) return big_endian(tiff, place, count);
    std::uint32_t value = 0;
    for (std::size_t i = count; i-- > 0;) value = (value << 8) | byte_at(tiff, place + i);
    return value;
  };
  const std::size_t directory = number(4, 4);
  if (directory > tiff.size() - 2) return 1;
  const std::size_t entries = number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.size()) return 1;
    constexpr std::uint32_t orientation_tag = 0x0112;
    if (number(entry, 2) != orientation_tag) continue;
    const std::uint32_t value = number(entry + 8, 2);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace cspgan::detail
