// What the decoders of picture files have in common.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace cspgan::detail {

/// Rows of interleaved 8-bit pixels with 1 (gray), 2 (gray, alpha), 3 (RGB) or 4 (RGB, alpha) channels.
struct Picture {
  /// Makes room for the pixels. Throws ImageError for a size above the limits (image_file.hpp), before memory is taken.
  Picture(std::int64_t width, std::int64_t height, std::int64_t channels);

  std::uint8_t* row(std::int64_t y) { return pixels.get() + y * width * channels; }

  std::int64_t width;
  std::int64_t height;
  std::int64_t channels;
  std::unique_ptr<std::uint8_t[]> pixels;
  int orientation = 1;  // as Exif counts them, 1 to 8: how the rows are turned and mirrored to be seen upright
};

using PictureSize = std::pair<std::int64_t, std::int64_t>;  // height and width, as stored

/// What reads one format. `size` takes the header alone. `decode` throws ImageError with the reason if the file is
/// damaged, or cut short so that a part of the picture is missing; what stands behind the picture does not matter, and
/// animated files give their first frame.
struct Decoder {
  PictureSize (*size)(std::string_view bytes);
  Picture (*decode)(std::string_view bytes);
};

/// The decoder, by the signature; for TGA, which has none, by the name. Throws ImageError for an empty file and for
/// other formats, which are named if they are known.
const Decoder& decoder_of(std::string_view bytes, std::string_view name);

extern const Decoder jpeg_decoder, png_decoder, webp_decoder, heif_decoder, pnm_decoder, bmp_decoder, gif_decoder,
    tga_decoder;

/// Throws ImageError if a side or the number of pixels is above the limits, or below 1.
void require_picture_size(std::int64_t width, std::int64_t height);

}  // namespace cspgan::detail
