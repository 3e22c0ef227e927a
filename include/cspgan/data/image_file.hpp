// Image files to tensors: JPEG through libjpeg-turbo, PNG through libpng, WebP through libwebp, GIF through giflib, BMP
// and TGA through stb_image, PNM; HEIC and AVIF through libheif if the library was built with CSPGAN_HEIF.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "cspgan/core/tensor.hpp"
#include "cspgan/data/image_error.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Limits on the side length and on the number of pixels: files are untrusted, and the sizes they state may be false.
inline constexpr std::int64_t max_image_side = 16384;
inline constexpr std::int64_t max_image_pixels = std::int64_t{1} << 27;

/// Decodes an image to uint8 [3, H, W], RGB, with the pixels that Pillow gives. Gray becomes three equal channels,
/// palettes are resolved, 16-bit PNGs keep the upper byte of each value, CMYK is converted, an image with alpha is
/// composited over white, and the orientation that Exif or XMP state is applied. An animation gives its first frame.
/// TGA has no signature, so it is tried only if `name` ends in ".tga". A picture that is whole is decoded whatever
/// stands behind it, also without its end marker. Throws ImageError with the reason: unknown format, cut short,
/// damaged, too large.
Tensor decode_image(std::string_view bytes, std::string_view name = "");

/// Height and width, in pixels, as the file's header states them before the orientation is applied, without decoding
/// it. Throws ImageError as decode_image does.
std::pair<std::int64_t, std::int64_t> image_file_size(std::string_view bytes, std::string_view name = "");

/// The bytes of a file. Throws ImageError and TransientImageError as load_image does.
std::string read_image_file(const std::filesystem::path& path);

/// Reads and decodes one file to uint8 [3, H, W]. Throws ImageError with the reason (the system's if the file cannot be
/// read), and TransientImageError if the file exists and is readable but reading it failed.
Tensor load_image(const std::filesystem::path& path);

/// The path's extension in lower case, such as ".jpg".
std::string lower_extension(const std::filesystem::path& path);

/// The format that the path's extension stands for, upper or lower case: "JPEG", "PNG", "WebP", "BMP", "GIF", "TGA" or
/// "PNM", and "HEIC" or "AVIF" in builds with CSPGAN_HEIF;
/// "" if it is none that load_image reads.
std::string_view image_format(const std::filesystem::path& path);

}  // namespace cspgan
