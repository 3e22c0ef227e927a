// Signatures of picture formats, and the limits on sizes.
#include "data/decoding/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "cspgan/data/image_file.hpp"

namespace cspgan::detail {

namespace {

using namespace std::string_view_literals;

bool ends_in(std::string_view name, std::string_view end) {
  return name.size() >= end.size() &&
         std::equal(end.begin(), end.end(), name.end() - static_cast<std::ptrdiff_t>(end.size()),
                    [](char a, char b) { return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b))); });
}

}  // namespace

const Decoder& decoder_of(std::string_view bytes, std::string_view name) {
  if (bytes.empty()) throw ImageError("the file is empty");
  if (bytes.starts_with("\xff\xd8\xff"sv)) return jpeg_decoder;
  if (bytes.starts_with("\x89PNG\r\n\x1a\n"sv)) return png_decoder;
  if (bytes.starts_with("RIFF"sv) && bytes.substr(0, 12).ends_with("WEBP"sv)) return webp_decoder;
  if (bytes.starts_with("GIF8"sv)) return gif_decoder;
  if (bytes.starts_with("BM"sv)) return bmp_decoder;
  if (bytes.starts_with("P5"sv) || bytes.starts_with("P6"sv)) return pnm_decoder;
  if (bytes.substr(0, 8).ends_with("ftyp"sv)) return heif_decoder;
  if (ends_in(name, ".tga")) return tga_decoder;
  if (bytes.starts_with("II*\0"sv) || bytes.starts_with("MM\0*"sv))
    throw ImageError("TIFF pictures are not read; convert them to PNG or JPEG");
  throw ImageError("it is not a JPEG, PNG, WebP, BMP, GIF, PNM or TGA picture");
}

void require_picture_size(std::int64_t width, std::int64_t height) {
  if (width < 1 || height < 1) throw ImageError(fmt::format("it has no pixels: {} x {}", width, height));
  if (width > max_image_side || height > max_image_side || width * height > max_image_pixels)
    throw ImageError(fmt::format("it is too large: {} x {} pixels (at most {} a side and {} in all)", width, height,
                                 max_image_side, max_image_pixels));
}

Picture::Picture(std::int64_t width_, std::int64_t height_, std::int64_t channels_)
    : width(width_), height(height_), channels(channels_) {
  require_picture_size(width, height);
  pixels = std::make_unique_for_overwrite<std::uint8_t[]>(static_cast<std::size_t>(width * height * channels));
}

}  // namespace cspgan::detail
