// PNM: gray (P5) and color (P6) of 8 or 16 bits (netpbm's pgm(5) and ppm(5)); only the first picture of a file.
#include <algorithm>
#include <cmath>
#include <cstddef>

#include "cspgan/data/image_error.hpp"
#include "data/decoding/picture.hpp"

namespace cspgan::detail {

namespace {

struct PnmHeader {
  std::int64_t width = 0, height = 0, most = 0;  // the largest value
  std::int64_t channels = 0;
  std::size_t begin = 0;  // of the pixels
};

/// The next number of the header; blanks, and comments from # to the end of the line, stand before it.
std::int64_t header_number(std::string_view bytes, std::size_t& place) {
  const auto is_blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (place < bytes.size() && (is_blank(bytes[place]) || bytes[place] == '#')) {
    if (bytes[place] == '#') place = std::min(bytes.find('\n', place), bytes.size() - 1);
    ++place;
  }
  std::int64_t number = 0;
  const std::size_t first = place;
  for (; place < bytes.size() && bytes[place] >= '0' && bytes[place] <= '9' && place < first + 9; ++place)
    number = 10 * number + (bytes[place] - '0');
  if (place == first || place == bytes.size())
    throw ImageError("the PNM is damaged or cut short: its header is not whole");
  return number;
}

PnmHeader read_pnm_header(std::string_view bytes) {
  PnmHeader header{.channels = bytes[1] == '6' ? 3 : 1, .begin = 2};
  header.width = header_number(bytes, header.begin);
  header.height = header_number(bytes, header.begin);
  header.most = header_number(bytes, header.begin);
  ++header.begin;  // one blank
  require_picture_size(header.width, header.height);
  if (header.most < 1 || header.most > 65535) throw ImageError("the PNM is damaged: its largest value is out of range");
  return header;
}

PictureSize pnm_size(std::string_view bytes) {
  const PnmHeader header = read_pnm_header(bytes);
  return {header.height, header.width};
}

Picture decode_pnm(std::string_view bytes) {
  const PnmHeader header = read_pnm_header(bytes);
  const std::int64_t width = header.most > 255 ? 2 : 1, count = header.width * header.height * header.channels;
  if (static_cast<std::size_t>(count * width) > bytes.size() - header.begin)
    throw ImageError("the PNM is cut short: a part of its picture is missing");
  Picture picture(header.width, header.height, header.channels);
  const auto* values = reinterpret_cast<const std::uint8_t*>(bytes.data()) + header.begin;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t value = std::min<std::int64_t>(
        header.most, width == 1 ? values[i] : std::int64_t{values[2 * i]} << 8 | values[2 * i + 1]);
    picture.pixels[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(
        std::nearbyint(static_cast<double>(value) / static_cast<double>(header.most) * 255));  // as Pillow does it
  }
  return picture;
}

}  // namespace

const Decoder pnm_decoder{pnm_size, decode_pnm};

}  // namespace cspgan::detail
