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

enum class PictureFormat { jpeg, png, webp, heif, bmp, gif, pnm, tga };

/// The format, by the signature; for TGA, which has none, by the name. Throws ImageError for an empty file and for
/// other formats, which are named if they are known.
PictureFormat picture_format(std::string_view bytes, std::string_view name);

/// Each decodes its format, and throws ImageError with the reason if the file is damaged, or cut short so that a part
/// of the picture is missing. What stands behind the picture does not matter. Animated files give their first frame.
Picture decode_jpeg(std::string_view bytes);
/// Height and width, from the header.
using PictureSize = std::pair<std::int64_t, std::int64_t>;
PictureSize jpeg_size(std::string_view bytes);
PictureSize png_size(std::string_view bytes);
PictureSize webp_size(std::string_view bytes);
PictureSize heif_size(std::string_view bytes);
PictureSize pnm_size(std::string_view bytes);
PictureSize simple_size(std::string_view bytes);
Picture decode_png(std::string_view bytes);
Picture decode_webp(std::string_view bytes);
Picture decode_heif(std::string_view bytes);
Picture decode_pnm(std::string_view bytes);
/// BMP, GIF and TGA.
Picture decode_simple(std::string_view bytes, PictureFormat format);

/// Throws ImageError if a side or the number of pixels is above the limits, or below 1.
void require_picture_size(std::int64_t width, std::int64_t height);

}  // namespace cspgan::detail
