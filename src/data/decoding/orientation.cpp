#include "data/decoding/orientation.hpp"

#include <cstddef>
#include <cstdint>

namespace cspgan::detail {

namespace {

using namespace std::string_view_literals;

/// 0 if the TIFF block ("II*\0..." or "MM\0*...") has none.
int tiff_orientation(std::string_view tiff) {
  if (tiff.size() < 8) return 0;
  const bool little = tiff.substr(0, 4) == "II*\0"sv;
  if (!little && tiff.substr(0, 4) != "MM\0*"sv) return 0;
  const auto number = [&](std::size_t place, std::size_t count) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
      value = (value << 8) | static_cast<unsigned char>(tiff[place + (little ? count - 1 - i : i)]);
    return value;
  };
  const std::size_t directory = number(4, 4);
  if (directory > tiff.size() - 2) return 0;
  const std::size_t entries = number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.size()) return 0;
    constexpr std::uint32_t orientation_tag = 0x0112;
    if (number(entry, 2) != orientation_tag) continue;
    const std::size_t type = number(entry + 2, 2);  // TIFF 6.0, section 2: 3 SHORT, 4 LONG, 8 SSHORT, 9 SLONG
    const bool is_short = type == 3 || type == 8, is_long = type == 4 || type == 9;
    const std::size_t count = number(entry + 4, 4), bytes = is_short ? 2 : 4;
    if (count == 0 || !(is_short || is_long)) return 1;  // texts and bytes turn nothing in Pillow either
    const std::size_t place = count * bytes > 4 ? number(entry + 8, 4) : entry + 8;  // the first of several counts
    if (place > tiff.size() - bytes) return 1;
    const std::uint32_t value = number(place, bytes);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 0;
}

/// 0 if the packet has none. It is an attribute or an element of RDF: tiff:Orientation="6", <tiff:Orientation>6<.
int xmp_orientation(std::string_view xmp) {
  constexpr std::string_view key = "tiff:Orientation";
  for (std::size_t place = xmp.find(key); place != std::string_view::npos; place = xmp.find(key, place + 1)) {
    std::string_view rest = xmp.substr(place + key.size());
    const std::string_view opening = rest.starts_with("=\""sv) ? "=\""sv : ">"sv;
    if (!rest.starts_with(opening)) continue;
    rest.remove_prefix(opening.size());
    if (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') return rest[0] >= '1' && rest[0] <= '8' ? rest[0] - '0' : 1;
  }
  return 0;
}

}  // namespace

int orientation_of(std::string_view exif, std::string_view xmp) {
  while (exif.starts_with("Exif\0\0"sv)) exif.remove_prefix(6);
  const int of_exif = tiff_orientation(exif);
  if (of_exif != 0) return of_exif;
  const int of_xmp = xmp_orientation(xmp);
  return of_xmp != 0 ? of_xmp : 1;
}

}  // namespace cspgan::detail
