// Image files to tensors: JPEG (baseline and progressive), PNG, BMP, GIF (first frame), PNM and TGA, through stb_image.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "cspgan/core/tensor.hpp"
#include "cspgan/data/image_error.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// No side may be longer, and no image may have more pixels: content is untrusted and sizes in it are only claims.
inline constexpr std::int64_t max_image_side = 16384;
inline constexpr std::int64_t max_image_pixels = std::int64_t{1} << 27;

/// Decodes to uint8 [3, H, W], RGB. Grey becomes three equal channels, palettes are resolved, 16-bit values keep their
/// upper byte, CMYK is converted, a picture with alpha is laid over white, and the orientation that Exif gives is
/// applied. TGA has no signature, so it is tried only if `name` ends in ".tga".
/// Throws ImageError with the reason: unknown format, truncated, damaged, too large.
Tensor decode_image(std::string_view bytes, std::string_view name = "");

/// Reads and decodes one file. Throws ImageError with the reason, the system's where the file cannot be read; a
/// TransientImageError where it is there, and may be read, and was not.
Tensor load_image(const std::filesystem::path& path);

/// Whether the name ends as the files that load_image reads do (.jpg, .png, ..., upper or lower case).
bool has_image_extension(const std::filesystem::path& path);

}  // namespace cspgan
