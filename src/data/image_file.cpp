// From the bytes of a picture file to a tensor.
#include "cspgan/data/image_file.hpp"

#include <ATen/ops/empty.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <string>
#include <system_error>

#include "cspgan/core/files.hpp"
#include "data/decoding/picture.hpp"
#include "data/file_tree.hpp"

namespace cspgan {

namespace {

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
void copy_planes(const detail::Picture& picture, const PixelWalk& walk, std::uint8_t* planes) {
  constexpr bool color = channels >= 3;
  constexpr bool alpha = channels % 2 == 0;
  const std::int64_t plane = walk.height * walk.width;
  for (std::int64_t row = 0, out = 0; row < walk.height; ++row) {
    std::int64_t place = walk.start + row * walk.row_step;
    for (std::int64_t column = 0; column < walk.width; ++column, ++out, place += walk.column_step) {
      const std::uint8_t* pixel = picture.pixels.get() + place * channels;
      for (int c = 0; c < 3; ++c) {
        const std::uint8_t value = pixel[color ? c : 0];
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
  const detail::Picture picture = detail::decoder_of(bytes, name).decode(bytes);
  const PixelWalk walk = pixel_walk(picture.width, picture.height, picture.orientation);
  Tensor image = at::empty({3, walk.height, walk.width}, at::kByte);
  auto* planes = image.mutable_data_ptr<std::uint8_t>();
  switch (picture.channels) {
    case 1:
      copy_planes<1>(picture, walk, planes);
      break;
    case 2:
      copy_planes<2>(picture, walk, planes);
      break;
    case 3:
      copy_planes<3>(picture, walk, planes);
      break;
    case 4:
      copy_planes<4>(picture, walk, planes);
      break;
    default:
      throw ImageError(fmt::format("it has {} channels", picture.channels));
  }
  return image;
}

std::pair<std::int64_t, std::int64_t> image_file_size(std::string_view bytes, std::string_view name) {
  return detail::decoder_of(bytes, name).size(bytes);
}

std::string read_image_file(const std::filesystem::path& path) {
  try {
    struct stat about {};
    if (::stat(path.c_str(), &about) == 0) {
      if (!S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode)) throw ImageError("it is no regular file");
      if (static_cast<std::uint64_t>(about.st_size) > detail::largest_image_file)
        throw ImageError(fmt::format("it has {} bytes, which no picture needs", about.st_size));
    }
    return read_file(path);
  } catch (const ImageError&) {
    throw;
  } catch (const NoResourcesError&) {
    throw;
  } catch (const Error& error) {
    if (should_be_readable(path)) throw TransientImageError(error.what());
    throw ImageError(error.what());
  }
}

Tensor load_image(const std::filesystem::path& path) {
  return decode_image(read_image_file(path), path.filename().string());
}

std::string lower_extension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return extension;
}

std::string_view image_format(const std::filesystem::path& path) {
  static constexpr std::pair<std::string_view, std::string_view> known[] = {
      {".jpg", "JPEG"},  {".jpeg", "JPEG"}, {".jpe", "JPEG"},  {".jfif", "JPEG"}, {".png", "PNG"}, {".webp", "WebP"},
      {".bmp", "BMP"},   {".gif", "GIF"},   {".tga", "TGA"},   {".ppm", "PNM"},   {".pgm", "PNM"}, {".pnm", "PNM"},
#ifdef CSPGAN_HEIF
      {".heic", "HEIC"}, {".heif", "HEIC"}, {".avif", "AVIF"},
#endif
  };
  const std::string extension = lower_extension(path);
  const auto found = std::ranges::find(known, extension, [](const auto& entry) { return entry.first; });
  return found == std::end(known) ? std::string_view() : found->second;
}

}  // namespace cspgan
