// PNG by libpng.
#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "cspgan/data/image_error.hpp"
#include "cspgan/data/image_file.hpp"
#include "data/decoding/orientation.hpp"
#include "data/decoding/picture.hpp"

namespace cspgan::detail {

namespace {

/// What libpng's callbacks write. Nothing here has a destructor, since errors leap over frames.
struct PngState {
  const char* next;
  std::size_t left;
  char message[128];
  bool cut;
};

void note_error(png_structp png, png_const_charp message) {
  auto& state = *static_cast<PngState*>(png_get_error_ptr(png));
  std::strncpy(state.message, message, sizeof state.message - 1);
  png_longjmp(png, 1);
}

void give_bytes(png_structp png, png_bytep out, std::size_t count) {
  auto& state = *static_cast<PngState*>(png_get_io_ptr(png));
  if (count > state.left) {
    state.cut = true;
    png_error(png, "it ends too early");
  }
  std::memcpy(out, state.next, count);
  state.next += count;
  state.left -= count;
}

/// The bytes of a "Raw profile type exif" (ImageMagick): three lines with the name and the length, then hexadecimals.
std::string raw_profile(std::string_view text) {
  for (int line = 0; line < 3; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return "";
    text.remove_prefix(end + 1);
  }
  std::string bytes;
  int high = -1;
  for (const char c : text) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) continue;
    if (high >= 0) bytes.push_back(static_cast<char>(16 * high + digit));
    high = high >= 0 ? -1 : digit;
  }
  return bytes;
}

/// The content of the first chunk of this name; libpng drops those that it finds unusual. "" if there is none.
std::string_view chunk_of(std::string_view png, std::string_view name) {
  constexpr std::size_t signature = 8, head = 8, checksum = 4;
  png.remove_prefix(std::min(signature, png.size()));
  while (png.size() >= head) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(png[i]);
    if (png.substr(4, 4) == name) return png.substr(head, length);
    png.remove_prefix(std::min(head + length + checksum, png.size()));
  }
  return "";
}

class PngDecoder {
 public:
  explicit PngDecoder(std::string_view bytes) : bytes_(bytes), state_{bytes.data(), bytes.size(), {}, false} {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state_, note_error, [](png_structp, png_const_charp) {});
    info_ = png_ == nullptr ? nullptr : png_create_info_struct(png_);
    if (info_ == nullptr) {
      png_destroy_read_struct(&png_, nullptr, nullptr);
      throw ImageError("libpng could not be started");
    }
  }
  ~PngDecoder() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngDecoder(const PngDecoder&) = delete;
  PngDecoder& operator=(const PngDecoder&) = delete;

  PictureSize size() {
    if (!guarded(&PngDecoder::read_header)) fail();
    require_picture_size(png_get_image_width(png_, info_), png_get_image_height(png_, info_));
    return {png_get_image_height(png_, info_), png_get_image_width(png_, info_)};
  }

  Picture decode() {
    size();
    if (!guarded(&PngDecoder::choose_pixels)) fail();
    picture_.emplace(png_get_image_width(png_, info_), png_get_image_height(png_, info_),
                     png_get_channels(png_, info_));
    for (std::int64_t y = 0; y < picture_->height; ++y) rows_.push_back(picture_->row(y));
    if (!guarded(&PngDecoder::read_rows)) fail();
    guarded(&PngDecoder::read_end);  // the picture is whole; what stands behind it may be damaged or missing
    picture_->orientation = orientation();
    return std::move(*picture_);
  }

 private:
  /// Calls a part of the decoding in which libpng may leap out: it must not have objects with destructors.
  bool guarded(void (PngDecoder::*part)()) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;  // NOLINT(cert-err52-cpp): libpng knows no other way
    (this->*part)();
    return true;
  }

  void read_header() {
    png_set_read_fn(png_, &state_, give_bytes);
    png_set_crc_action(png_, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_user_limits(png_, 0x7fffffff, 0x7fffffff);  // require_picture_size says it with the size
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, reinterpret_cast<png_const_bytep>("iCCP"), 1);
    png_read_info(png_, info_);
  }

  /// 8 bits in 1 to 4 channels.
  void choose_pixels() {
    png_set_expand(png_);  // palettes, fewer than 8 bits, and a transparent color
    png_set_strip_16(png_);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
  }

  void read_rows() { png_read_image(png_, rows_.data()); }
  void read_end() { png_read_end(png_, info_); }

  int orientation() {
    std::string exif(chunk_of(bytes_, "eXIf"));
    std::string_view xmp;
    png_textp texts = nullptr;
    int count = 0;
    png_get_text(png_, info_, &texts, &count);
    for (int i = 0; i < count; ++i) {
      const png_text& text = texts[i];
      const std::string_view key = text.key,
                             value(text.text, text.itxt_length > 0 ? text.itxt_length : text.text_length);
      if (exif.empty() && key == "Raw profile type exif") exif = raw_profile(value);
      if (key == "XML:com.adobe.xmp") xmp = value;
    }
    return orientation_of(exif, xmp);
  }

  [[noreturn]] void fail() const {
    if (state_.cut) throw ImageError("the PNG is cut short: a part of its picture is missing");
    throw ImageError(std::string("the PNG is damaged: ") + state_.message);
  }

  std::string_view bytes_;
  PngState state_;
  png_structp png_;
  png_infop info_;
  std::optional<Picture> picture_;
  std::vector<png_bytep> rows_;
};

}  // namespace

const Decoder png_decoder{[](std::string_view bytes) { return PngDecoder(bytes).size(); },
                          [](std::string_view bytes) { return PngDecoder(bytes).decode(); }};

}  // namespace cspgan::detail
