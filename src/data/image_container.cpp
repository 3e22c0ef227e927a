// Segments of JPEG (ITU T.81, annex B), chunks of PNG (W3C PNG, section 5) and Exif's orientation (CIPA DC-008, 4.6).
#include "image_container.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <string>

#include "cspgan/data/image_error.hpp"

namespace cspgan::detail {

namespace {

using namespace std::string_view_literals;

std::uint32_t byte_at(std::string_view bytes, std::size_t place) { return static_cast<unsigned char>(bytes[place]); }

std::uint32_t big_endian(std::string_view bytes, std::size_t place, std::size_t count) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < count; ++i) number = (number << 8) | byte_at(bytes, place + i);
  return number;
}

/// The orientation in a TIFF block ("II*\0..." or "MM\0*..."), 1 for whatever does not make sense.
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

/// A table holds at most 256 values, of which its 16 counts are the sum. stb_image 2.27 trusts the counts and writes
/// past its own table, so they are checked before it sees them.
void check_huffman_tables(std::string_view tables) {
  constexpr std::size_t header = 17;
  while (!tables.empty()) {
    std::size_t values = 0;
    for (std::size_t i = 1; i < std::min(header, tables.size()); ++i) values += byte_at(tables, i);
    if (values > 256 || header + values > tables.size())
      throw ImageError("the JPEG is damaged: a Huffman table is wrong");
    tables.remove_prefix(header + values);
  }
}

/// The place behind the next marker, skipping what is none: padding, and the data of a scan with its stuffed zeros and
/// restart markers.
std::size_t behind_marker(std::string_view bytes, std::size_t place, bool in_scan) {
  while (true) {
    while (place < bytes.size() && byte_at(bytes, place) != 0xff) ++place;
    while (place < bytes.size() && byte_at(bytes, place) == 0xff) ++place;
    if (place >= bytes.size()) throw ImageError("the JPEG is cut short: its end marker is missing");
    const std::uint32_t marker = byte_at(bytes, place++);
    const bool part_of_scan = marker == 0 || (marker >= 0xd0 && marker <= 0xd7);
    if (!in_scan || !part_of_scan) return place;
  }
}

int check_jpeg(std::string_view bytes) {
  constexpr std::uint32_t application_1 = 0xe1, huffman_tables = 0xc4, start_of_scan = 0xda, end_of_image = 0xd9;
  int orientation = 1;
  bool in_scan = false;
  bool has_scan = false;
  for (std::size_t place = 2;;) {
    place = behind_marker(bytes, place, in_scan);
    const std::uint32_t marker = byte_at(bytes, place - 1);
    if (marker == end_of_image) break;
    const std::string_view rest = bytes.substr(place);
    const std::size_t length = rest.size() < 2 ? 0 : big_endian(rest, 0, 2);
    if (length < 2 || length > rest.size()) throw ImageError("the JPEG is cut short: it ends within a segment");
    const std::string_view content = rest.substr(2, length - 2);
    if (marker == application_1 && content.starts_with("Exif\0\0"sv)) orientation = tiff_orientation(content.substr(6));
    if (marker == huffman_tables) check_huffman_tables(content);
    in_scan = marker == start_of_scan;
    has_scan = has_scan || in_scan;
    place += length;
  }
  if (!has_scan) throw ImageError("the JPEG holds no picture");
  return orientation;
}

std::uint32_t checksum(std::string_view bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> entries{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0xedb88320U : 0U);
      entries[i] = value;
    }
    return entries;
  }();
  std::uint32_t value = 0xffffffffU;
  for (const char c : bytes) value = table[(value ^ static_cast<unsigned char>(c)) & 0xff] ^ (value >> 8);
  return ~value;
}

int check_png(std::string_view bytes) {
  int orientation = 1;
  std::size_t place = 8;
  while (true) {
    if (bytes.size() < 12 || place > bytes.size() - 12)
      throw ImageError("the PNG is cut short: its end chunk is missing");
    const std::size_t length = big_endian(bytes, place, 4);
    if (length > bytes.size() - 12 - place) throw ImageError("the PNG is cut short: it ends within a chunk");
    const std::string_view kind = bytes.substr(place + 4, 4);
    if (checksum(bytes.substr(place + 4, 4 + length)) != big_endian(bytes, place + 8 + length, 4))
      throw ImageError("the PNG is damaged: a chunk's checksum is wrong");
    if (kind == "eXIf"sv) orientation = tiff_orientation(bytes.substr(place + 8, length));
    if (kind == "IEND"sv) return orientation;
    place += 12 + length;
  }
}

bool ends_in(std::string_view name, std::string_view end) {
  return name.size() >= end.size() &&
         std::equal(end.begin(), end.end(), name.end() - static_cast<std::ptrdiff_t>(end.size()),
                    [](char a, char b) { return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b))); });
}

}  // namespace

ImageFormat image_format(std::string_view bytes, std::string_view name) {
  if (bytes.empty()) throw ImageError("the file is empty");
  if (bytes.starts_with("\xff\xd8\xff"sv)) return ImageFormat::jpeg;
  if (bytes.starts_with("\x89PNG\r\n\x1a\n"sv)) return ImageFormat::png;
  if (bytes.starts_with("GIF8"sv)) return ImageFormat::gif;
  if (bytes.starts_with("BM"sv)) return ImageFormat::bmp;
  if (bytes.starts_with("P5"sv) || bytes.starts_with("P6"sv)) return ImageFormat::pnm;
  if (ends_in(name, ".tga")) return ImageFormat::tga;
  if (bytes.starts_with("RIFF"sv) && bytes.substr(0, 12).ends_with("WEBP"sv))
    throw ImageError("WebP pictures are not read; convert them to PNG or JPEG");
  if (bytes.substr(0, 8).ends_with("ftyp"sv))
    throw ImageError("HEIC and AVIF pictures are not read; convert them to PNG or JPEG");
  if (bytes.starts_with("II*\0"sv) || bytes.starts_with("MM\0*"sv))
    throw ImageError("TIFF pictures are not read; convert them to PNG or JPEG");
  throw ImageError("it is no JPEG, PNG, BMP, GIF, PNM or TGA picture");
}

int check_image(std::string_view bytes, ImageFormat format) {
  if (format == ImageFormat::jpeg) return check_jpeg(bytes);
  if (format == ImageFormat::png) return check_png(bytes);
  return 1;
}

}  // namespace cspgan::detail
