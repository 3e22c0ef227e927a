// Checks of an image file before its pixels are decoded: its format, its orientation, and whether it is complete.
// stb_image is lenient here (the lower part of a truncated JPEG is decoded as gray), and no network should be trained
// on half a face.
#pragma once

#include <string_view>

namespace cspgan::detail {

enum class ImageFormat { jpeg, png, bmp, gif, pnm, tga };

/// The format, by the signature; for TGA, which has none, by the name. Throws ImageError for an empty file and for
/// other formats, which are named if they are known.
ImageFormat image_format(std::string_view bytes, std::string_view name);

/// Walks the file's parts. Returns the Exif orientation, 1 to 8; 1 if there is none.
/// Throws ImageError if the file ends too early or a checksum is wrong.
int check_image(std::string_view bytes, ImageFormat format);

}  // namespace cspgan::detail
