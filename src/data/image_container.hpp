// What can be told of an image file before its pixels are decoded: its format, its orientation, whether it is whole.
// stb_image is lenient there (a JPEG that was cut short comes out grey below), and half a face must not be learnt.
#pragma once

#include <string_view>

namespace cspgan::detail {

enum class ImageFormat { jpeg, png, bmp, gif, pnm, tga };

/// By the signature; TGA, which has none, by the name. Throws ImageError for an empty file and for other formats, named
/// where they are known.
ImageFormat image_format(std::string_view bytes, std::string_view name);

/// Walks the file's parts. Returns the Exif orientation, 1 to 8, 1 where there is none.
/// Throws ImageError where the file ends too early or a checksum is wrong.
int check_image(std::string_view bytes, ImageFormat format);

}  // namespace cspgan::detail
