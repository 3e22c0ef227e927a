// Whether a JPEG file is whole and makes sense, before stb_image is trusted with it.
#pragma once

#include <string_view>

namespace cspgan::detail {

/// Walks the segments up to the end marker and returns the Exif orientation, 1 to 8, 1 where there is none.
/// Throws ImageError where the file is cut short, a table is malformed, or a scan uses a table that was never given:
/// stb_image 2.27 checks none of these, writes past its Huffman tables and decodes by uninitialised ones.
int check_jpeg(std::string_view bytes);

}  // namespace cspgan::detail
