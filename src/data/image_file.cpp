// Decoding with stb_image, whose implementation is compiled in this file only, with internal linkage.
#include "cspgan/data/image_file.hpp"

#include <ATen/ops/empty.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <limits>
#include <memory>
#include <string>
#include <system_error>

#include "cspgan/core/files.hpp"
#include "data/image_container.hpp"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wshadow"
// Memory is zeroed, since stb_image may read memory that it never wrote if a file is damaged.
#define STBI_MALLOC(size) std::calloc(1, size)
#define STBI_REALLOC(memory, size) std::realloc(memory, size)
#define STBI_FREE(memory) std::free(memory)
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_NO_STDIO
#define STBI_NO_PSD
#define STBI_NO_HDR
#define STBI_NO_PIC
#define STBI_NO_LINEAR
#define STBI_MAX_DIMENSIONS 16384
#include <stb_image.h>
#pragma GCC diagnostic pop

namespace cspgan {

namespace {

static_assert(STBI_MAX_DIMENSIONS == max_image_side);

struct Release {
  void operator()(stbi_uc* pixels) const { stbi_image_free(pixels); }
};

/// Interleaved pixels as stb_image returns them, with 1 (gray), 2 (gray, alpha), 3 or 4 channels.
struct Pixels {
  std::unique_ptr<stbi_uc[], Release> data;
  std::int64_t width;
  std::int64_t height;
  std::int64_t channels;
};

int to_int(std::size_t size) {
  if (size > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    throw ImageError("the file is larger than 2 GiB");
  return static_cast<int>(size);
}

std::string failure() {
  const char* reason = stbi_failure_reason();
  return reason == nullptr ? "unknown reason" : reason;
}

Pixels decode_pixels(std::string_view bytes) {
  const auto* data = reinterpret_cast<const stbi_uc*>(bytes.data());
  const int size = to_int(bytes.size());
  int width = 0, height = 0, channels = 0;
  // The header first: the size that it states must be plausible before memory is allocated for it. If the header itself
  // is invalid, loading fails too, with a better reason; loading also refuses sides above the limit.
  if (stbi_info_from_memory(data, size, &width, &height, &channels) != 0 &&
      std::int64_t{width} * height > max_image_pixels)
    throw ImageError(fmt::format("it is too large: {} x {} pixels (at most {} a side and {} in all)", width, height,
                                 max_image_side, max_image_pixels));
  std::unique_ptr<stbi_uc[], Release> pixels(stbi_load_from_memory(data, size, &width, &height, &channels, 0));
  if (pixels == nullptr) throw ImageError(fmt::format("it cannot be decoded: {}", failure()));
  if (width < 1 || height < 1) throw ImageError(fmt::format("it has no pixels: {} x {}", width, height));
  return {std::move(pixels), width, height, channels};
}

/// The offset in the file of the pixel displayed at (row 0, column 0), and the strides to the next row and column.
struct PixelWalk {
  std::int64_t start;
  std::int64_t row_step;
  std::int64_t column_step;
  std::int64_t height;
  std::int64_t width;
};

PixelWalk pixel_walk(std::int64_t width, std::int64_t height, int orientation) {
  const std::int64_t last_row = (height - 1) * width;
  const std::int64_t last_column = width - 1;
  switch (orientation) {
    case 2:
      return {last_column, width, -1, height, width};  // mirrored
    case 3:
      return {last_row + last_column, -width, -1, height, width};  // rotated by 180 degrees
    case 4:
      return {last_row, -width, 1, height, width};  // upside down, mirrored
    case 5:
      return {0, 1, width, width, height};  // transposed
    case 6:
      return {last_row, 1, -width, width, height};  // to be rotated clockwise
    case 7:
      return {last_row + last_column, -1, -width, width, height};  // transposed, rotated by 180 degrees
    case 8:
      return {last_column, -1, width, width, height};  // to be rotated counterclockwise
    default:
      return {0, width, 1, height, width};
  }
}

std::uint8_t over_white(int value, int alpha) {
  return static_cast<std::uint8_t>((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

template <int channels>
void copy_planes(const Pixels& pixels, const PixelWalk& walk, std::uint8_t* planes) {
  constexpr bool color = channels >= 3;
  constexpr bool alpha = channels % 2 == 0;
  const std::int64_t plane = walk.height * walk.width;
  for (std::int64_t row = 0, out = 0; row < walk.height; ++row) {
    std::int64_t place = walk.start + row * walk.row_step;
    for (std::int64_t column = 0; column < walk.width; ++column, ++out, place += walk.column_step) {
      const stbi_uc* pixel = pixels.data.get() + place * channels;
      for (int c = 0; c < 3; ++c) {
        const stbi_uc value = pixel[color ? c : 0];
        planes[c * plane + out] = alpha ? over_white(value, pixel[channels - 1]) : value;
      }
    }
  }
}

/// Whether nothing about the file itself prevents reading it: it exists, is not a folder, and we have permission. A
/// failure is then due to the disk, the network or a shortage of resources, and another attempt may succeed.
bool should_be_readable(const std::filesystem::path& path) {
  if (::access(path.c_str(), R_OK) != 0)
    return errno != ENOENT && errno != ENOTDIR && errno != EACCES && errno != ELOOP && errno != ENAMETOOLONG;
  std::error_code unknown;
  return !std::filesystem::is_directory(path, unknown);
}

}  // namespace

Tensor decode_image(std::string_view bytes, std::string_view name) {
  const int orientation = detail::check_image(bytes, detail::image_format(bytes, name));
  const Pixels pixels = decode_pixels(bytes);
  const PixelWalk walk = pixel_walk(pixels.width, pixels.height, orientation);
  Tensor image = at::empty({3, walk.height, walk.width}, at::kByte);
  auto* planes = image.mutable_data_ptr<std::uint8_t>();
  switch (pixels.channels) {
    case 1:
      copy_planes<1>(pixels, walk, planes);
      break;
    case 2:
      copy_planes<2>(pixels, walk, planes);
      break;
    case 3:
      copy_planes<3>(pixels, walk, planes);
      break;
    case 4:
      copy_planes<4>(pixels, walk, planes);
      break;
    default:
      throw ImageError(fmt::format("it has {} channels", pixels.channels));
  }
  return image;
}

Tensor load_image(const std::filesystem::path& path) {
  std::string bytes;
  try {
    bytes = read_file(path);
  } catch (const Error& error) {
    if (should_be_readable(path)) throw TransientImageError(error.what());
    throw ImageError(error.what());
  }
  return decode_image(bytes, path.filename().string());
}

std::string lower_extension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return extension;
}

std::string_view image_format(const std::filesystem::path& path) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 11> known{{{".jpg", "JPEG"},
                                                                                        {".jpeg", "JPEG"},
                                                                                        {".jpe", "JPEG"},
                                                                                        {".jfif", "JPEG"},
                                                                                        {".png", "PNG"},
                                                                                        {".bmp", "BMP"},
                                                                                        {".gif", "GIF"},
                                                                                        {".tga", "TGA"},
                                                                                        {".ppm", "PNM"},
                                                                                        {".pgm", "PNM"},
                                                                                        {".pnm", "PNM"}}};
  const std::string extension = lower_extension(path);
  const auto found = std::ranges::find(known, extension, [](const auto& entry) { return entry.first; });
  return found == known.end() ? std::string_view() : found->second;
}

}  // namespace cspgan
