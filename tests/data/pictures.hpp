// Pictures that the tests generate.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cspgan/core/tensor.hpp"

namespace cspgan_test {

inline std::string from_hexadecimal(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  return bytes;
}

/// uint8 [3, height, width] from three planes of bytes.
inline cspgan::Tensor from_planes(std::string_view planes, std::int64_t height, std::int64_t width) {
  const auto image = at::empty({3, height, width}, at::kByte);
  for (std::size_t i = 0; i < static_cast<std::size_t>(image.numel()); ++i)
    image.mutable_data_ptr<std::uint8_t>()[i] = static_cast<std::uint8_t>(planes.at(i));
  return image;
}

/// The same as pattern() in make_fixtures.py.
inline cspgan::Tensor pattern(std::int64_t height, std::int64_t width) {
  const auto image = at::empty({3, height, width}, at::kByte);
  auto* out = image.mutable_data_ptr<std::uint8_t>();
  for (std::int64_t c = 0; c < 3; ++c)
    for (std::int64_t y = 0; y < height; ++y)
      for (std::int64_t x = 0; x < width; ++x)
        *out++ = static_cast<std::uint8_t>(x * 37 + y * 91 + c * 53 + (x * y) % 97 + 120 * ((x / 5 + y / 7) % 2));
  return image;
}

inline void write_bytes(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// A picture of one color as PNM.
inline std::string plain_pnm(std::int64_t width, std::int64_t height, std::array<int, 3> color) {
  std::string bytes = "P6\n" + std::to_string(width) + " " + std::to_string(height) + "\n255\n";
  for (std::int64_t i = 0; i < width * height; ++i)
    for (const int value : color) bytes.push_back(static_cast<char>(value));
  return bytes;
}

inline std::string big_endian(std::uint32_t number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16), static_cast<char>(number >> 8),
          static_cast<char>(number)};
}

/// CRC-32 as PNG and zip have it.
inline std::uint32_t checksum(const std::string& bytes) {
  std::uint32_t check = 0xffffffffU;
  for (const char c : bytes) {
    check ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) check = (check >> 1) ^ ((check & 1) != 0 ? 0xedb88320U : 0U);
  }
  return ~check;
}

inline std::string png_chunk(const std::string& kind, const std::string& content) {
  return big_endian(static_cast<std::uint32_t>(content.size())) + kind + content + big_endian(checksum(kind + content));
}

/// A zip archive whose files are stored without compression (APPNOTE.TXT 4.3).
inline std::string zip(const std::vector<std::pair<std::string, std::string>>& files) {
  const auto number = [](std::uint64_t value, int bytes) {
    std::string text;
    for (; bytes > 0; --bytes, value >>= 8) text.push_back(static_cast<char>(value));
    return text;
  };
  std::string archive, directory;
  for (const auto& [name, content] : files) {
    const std::string facts = number(10, 2) + number(0, 8) + number(checksum(content), 4) + number(content.size(), 4) +
                              number(content.size(), 4) + number(name.size(), 2) + number(0, 2);
    directory += "PK\1\2" + number(10, 2) + facts + number(0, 10) + number(archive.size(), 4) + name;
    archive += "PK\3\4" + facts + name + content;
  }
  return archive + directory + "PK\5\6" + number(0, 4) + number(files.size(), 2) + number(files.size(), 2) +
         number(directory.size(), 4) + number(archive.size(), 4) + number(0, 2);
}

/// A PNG whose rows are stored without compression; in `rows`, each row starts with its filter byte 0.
inline std::string png(std::uint32_t width, std::uint32_t height, int depth, int color_type, const std::string& rows,
                       const std::string& extra_chunks = "") {
  std::uint32_t low = 1, high = 0;  // Adler-32
  for (const char c : rows) {
    low = (low + static_cast<unsigned char>(c)) % 65521;
    high = (high + low) % 65521;
  }
  const auto length = static_cast<std::uint16_t>(rows.size());
  const auto inverse = static_cast<std::uint16_t>(~length);
  std::string data = "\x78\x01\x01";
  for (const std::uint16_t number : {length, inverse}) {
    data.push_back(static_cast<char>(number & 0xff));
    data.push_back(static_cast<char>(number >> 8));
  }
  data += rows + big_endian((high << 16) | low);
  const std::string header = big_endian(width) + big_endian(height) +
                             std::string{static_cast<char>(depth), static_cast<char>(color_type), 0, 0, 0};
  return "\x89PNG\r\n\x1a\n" + png_chunk("IHDR", header) + extra_chunks + png_chunk("IDAT", data) +
         png_chunk("IEND", "");
}

/// An Exif TIFF block that holds only an orientation.
inline std::string exif_orientation(int orientation, bool little_endian) {
  using namespace std::string_literals;
  const char value = static_cast<char>(orientation);
  if (little_endian)
    return "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"s + std::string{value, 0, 0, 0} + "\0\0\0\0"s;
  return "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01"s + std::string{0, value, 0, 0} + "\0\0\0\0"s;
}

}  // namespace cspgan_test
