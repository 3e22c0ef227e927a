// How a picture is turned, by what its file says.
#pragma once

#include <string_view>

namespace cspgan::detail {

/// The orientation, 1 to 8, of an Exif block (CIPA DC-008, section 4.6), which may start with "Exif\0\0"; if it has
/// none, of an XMP packet (tiff:Orientation); 1 if neither has one. Either may be empty.
int orientation_of(std::string_view exif, std::string_view xmp);

}  // namespace cspgan::detail
