// Checks that a JPEG file is complete and valid before stb_image decodes it.
#pragma once

#include <string_view>

namespace cspgan::detail {

/// Walks the segments up to the end marker and returns the Exif orientation, 1 to 8; 1 if there is none.
/// Throws ImageError if the file is truncated, a table is malformed, or a scan uses a table that was never defined:
/// stb_image 2.27 checks none of these, writes past the end of its Huffman tables and decodes with uninitialized ones.
int check_jpeg(std::string_view bytes);

}  // namespace cspgan::detail
