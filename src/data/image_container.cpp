// Signatures of image formats, and the chunks of PNG (W3C PNG, section 5).
#include "data/image_container.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <string>

#include "cspgan/data/image_error.hpp"
#include "data/image_bytes.hpp"
#include "data/jpeg_check.hpp"

namespace cspgan::detail {

namespace {

using namespace std::string_view_literals;

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
  throw ImageError("it is not a JPEG, PNG, BMP, GIF, PNM or TGA picture");
}

int check_image(std::string_view bytes, ImageFormat format) {
  if (format == ImageFormat::jpeg) return check_jpeg(bytes);
  if (format == ImageFormat::png) return check_png(bytes);
  return 1;
}

}  // namespace cspgan::detail
