// BMP and TGA by stb_image, whose implementation is compiled in this file only, with internal linkage.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

#include "cspgan/data/image_file.hpp"
#include "data/decoding/picture.hpp"

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
#define STBI_ONLY_BMP
#define STBI_ONLY_TGA
#define STBI_NO_LINEAR
#define STBI_MAX_DIMENSIONS 16384
#include <stb_image.h>
#pragma GCC diagnostic pop

namespace cspgan::detail {

namespace {

static_assert(STBI_MAX_DIMENSIONS == max_image_side);

/// stb_image takes what is behind a file's end for zeros, so the lower part of a picture would be black: here it is
/// noticed.
struct Reader {
  std::string_view left;
  bool cut = false;
};

constexpr stbi_io_callbacks reader_callbacks{
    [](void* user, char* out, int count) {
      auto& reader = *static_cast<Reader*>(user);
      const std::size_t given = std::min(static_cast<std::size_t>(count), reader.left.size());
      constexpr int refill = 128;  // what stb_image asks for when it wants any byte; the file may end within it
      if (given < static_cast<std::size_t>(count) && (given == 0 || count != refill)) reader.cut = true;
      std::memcpy(out, reader.left.data(), given);
      reader.left.remove_prefix(given);
      return static_cast<int>(given);
    },
    [](void* user, int count) {
      auto& reader = *static_cast<Reader*>(user);
      if (count < 0) return;
      if (static_cast<std::size_t>(count) > reader.left.size()) reader.cut = true;
      reader.left.remove_prefix(std::min(static_cast<std::size_t>(count), reader.left.size()));
    },
    [](void* user) { return static_cast<Reader*>(user)->left.empty() ? 1 : 0; }};

std::string failure() {
  const char* reason = stbi_failure_reason();
  return reason == nullptr ? "unknown reason" : reason;
}

/// Whether the BMP has 32 bits a pixel without masks: the fourth byte then means nothing (BI_RGB, [MS-WMF] 2.1.1.7).
bool has_idle_bytes(std::string_view bmp) {
  constexpr std::size_t bits = 28, compression = 30;
  return bmp.size() > compression + 4 && bmp[bits] == 32 && bmp[bits + 1] == 0 &&
         std::all_of(bmp.begin() + compression, bmp.begin() + compression + 4, [](char c) { return c == 0; });
}

/// TGA's descriptor says where its first pixel is; stb_image heeds above and below, but not left and right.
bool starts_right(std::string_view tga) {
  constexpr std::size_t descriptor = 17;
  return tga.size() > descriptor && (static_cast<unsigned char>(tga[descriptor]) & 0x10) != 0;
}

PictureSize simple_size(std::string_view bytes) {
  int width = 0, height = 0, channels = 0;
  Reader header{bytes};
  if (stbi_info_from_callbacks(&reader_callbacks, &header, &width, &height, &channels) == 0)
    throw ImageError(fmt::format("it cannot be decoded: {}", failure()));
  require_picture_size(width, std::abs(height));
  return {std::abs(height), width};
}

Picture decode_simple(std::string_view bytes) {
  int width = 0, height = 0, channels = 0;
  // The header first: the size that it states must be plausible before memory is allocated for it. If the header itself
  // is invalid, loading fails too, with a better reason.
  Reader header{bytes};
  if (stbi_info_from_callbacks(&reader_callbacks, &header, &width, &height, &channels) != 0)
    require_picture_size(width, std::abs(height));  // negative in a BMP that starts at the top
  Reader reader{bytes};
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
      stbi_load_from_callbacks(&reader_callbacks, &reader, &width, &height, &channels, 0), stbi_image_free);
  if (reader.cut) throw ImageError("it is cut short: a part of its picture is missing");
  if (pixels == nullptr) throw ImageError(fmt::format("it cannot be decoded: {}", failure()));
  Picture picture(width, height, channels);
  std::memcpy(picture.pixels.get(), pixels.get(), static_cast<std::size_t>(picture.width * picture.height * channels));
  return picture;
}

constexpr std::size_t bmp_header_at = 14;  // behind the file's own; its first byte is its length
constexpr char os2_header = 12;

/// stb_image takes the palette behind a header of OS/2 1.x to be 12 bytes shorter than it is: here it is made longer by
/// as many.
std::string with_longer_palette(std::string_view os2) {
  constexpr std::size_t offset_at = 10, shorter = 12;
  std::string longer(os2);
  std::uint32_t offset = 0;
  std::memcpy(&offset, &os2[offset_at], sizeof offset);
  if (offset < bmp_header_at + os2_header || offset > os2.size()) return longer;
  longer.insert(offset, shorter, '\0');
  offset += shorter;
  std::memcpy(&longer[offset_at], &offset, sizeof offset);
  return longer;
}

Picture decode_bmp(std::string_view bytes) {
  constexpr std::size_t bits_at = 24;
  const bool has_os2_palette = bytes.size() > bits_at && bytes[bmp_header_at] == os2_header && bytes[bits_at] < 24;
  Picture picture = has_os2_palette ? decode_simple(with_longer_palette(bytes)) : decode_simple(bytes);
  if (picture.channels == 4 && has_idle_bytes(bytes))
    for (std::int64_t i = 0; i < picture.width * picture.height; ++i)
      picture.pixels[static_cast<std::size_t>(4 * i + 3)] = 255;
  return picture;
}

Picture decode_tga(std::string_view bytes) {
  Picture picture = decode_simple(bytes);
  if (starts_right(bytes)) picture.orientation = 2;
  return picture;
}

}  // namespace

const Decoder bmp_decoder{simple_size, decode_bmp}, tga_decoder{simple_size, decode_tga};

}  // namespace cspgan::detail
