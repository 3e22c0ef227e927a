// GIF by giflib.
#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "cspgan/data/image_error.hpp"
#include "data/decoding/picture.hpp"

namespace cspgan::detail {

namespace {

[[noreturn]] void fail_gif() { throw ImageError("the GIF is damaged or cut short"); }

void require(int status) {
  if (status != GIF_OK) fail_gif();
}

/// The file's first picture, on a screen that is enlarged if the picture goes beyond it. Throws ImageError if there is
/// none. giflib keeps a pointer to it.
class FirstPicture {
 public:
  explicit FirstPicture(std::string_view bytes) : left_(bytes) {
    file_.reset(DGifOpen(this, &FirstPicture::read, nullptr));
    if (file_ == nullptr) fail_gif();
    for (GifRecordType record = UNDEFINED_RECORD_TYPE; record != IMAGE_DESC_RECORD_TYPE;) {
      require(DGifGetRecordType(file_.get(), &record));
      if (record == EXTENSION_RECORD_TYPE)
        skip_extension();
      else if (record == TERMINATE_RECORD_TYPE)
        throw ImageError("the GIF holds no picture");
    }
    require(DGifGetImageDesc(file_.get()));
    is_in_picture_ = true;
    width_ = std::max(file_->SWidth, place().Left + place().Width);
    height_ = std::max(file_->SHeight, place().Top + place().Height);
    require_picture_size(width_, height_);
    require_picture_size(place().Width, place().Height);
  }
  FirstPicture(const FirstPicture&) = delete;
  FirstPicture& operator=(const FirstPicture&) = delete;

  PictureSize size() const { return {height_, width_}; }

  /// Around a picture that does not fill the screen nothing is seen if the picture has a transparent color; else the
  /// palette's first one is. So it is in Pillow.
  Picture decode() {
    const std::int64_t channels = transparent_ == NO_TRANSPARENT_COLOR ? 3 : 4;
    const Colors colors = make_colors();
    Picture picture(width_, height_, channels);
    const auto paint = [&](std::uint8_t* pixel, std::size_t color) {
      std::memcpy(pixel, colors[color].data(), static_cast<std::size_t>(channels));
    };
    const std::size_t around = channels == 4 ? static_cast<std::size_t>(transparent_) : 0;
    for (std::int64_t i = 0; i < width_ * height_; ++i) paint(picture.pixels.get() + i * channels, around);
    const auto read_row = [&](int y) {
      std::array<GifPixelType, max_gif_side> row;
      require(DGifGetLine(file_.get(), row.data(), place().Width));
      for (int x = 0; x < place().Width; ++x)
        paint(picture.row(place().Top + y) + (place().Left + x) * channels, row[static_cast<std::size_t>(x)]);
    };
    struct Pass {
      int first, step;
    };
    constexpr std::array<Pass, 4> interlaced{{{0, 8}, {4, 8}, {2, 4}, {1, 2}}};  // GIF89a, appendix E
    if (place().Interlace) {
      for (const Pass pass : interlaced)
        for (int y = pass.first; y < place().Height; y += pass.step) read_row(y);
    } else {
      for (int y = 0; y < place().Height; ++y) read_row(y);
    }
    return picture;
  }

 private:
  using Colors = std::array<std::array<std::uint8_t, 4>, 256>;  // red, green, blue, alpha
  static constexpr std::size_t max_gif_side = 65536;

  const GifImageDesc& place() const { return file_->Image; }

  /// Those that the palette lacks are black. Without a palette they are grays.
  Colors make_colors() const {
    const ColorMapObject* map = place().ColorMap != nullptr ? place().ColorMap : file_->SColorMap;
    Colors colors{};
    for (std::size_t i = 0; i < colors.size(); ++i) {
      if (map == nullptr)
        colors[i].fill(static_cast<std::uint8_t>(i));
      else if (i < static_cast<std::size_t>(map->ColorCount))
        colors[i] = {map->Colors[i].Red, map->Colors[i].Green, map->Colors[i].Blue};
      colors[i][3] = static_cast<int>(i) == transparent_ ? 0 : 255;
    }
    return colors;
  }

  void skip_extension() {
    int code = 0;
    GifByteType* block = nullptr;
    require(DGifGetExtension(file_.get(), &code, &block));
    GraphicsControlBlock control;
    if (code == GRAPHICS_EXT_FUNC_CODE && block != nullptr &&
        DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
      transparent_ = control.TransparentColor;
    while (block != nullptr) require(DGifGetExtensionNext(file_.get(), &block));
  }

  /// A picture's data are blocks, each behind a byte with its length; the last one is empty. If that alone is missing
  /// the picture is whole, so it is made up.
  static int read(GifFileType* file, GifByteType* out, int count) {
    auto& self = *static_cast<FirstPicture*>(file->UserData);
    const auto wanted = static_cast<std::size_t>(count);
    const bool is_length = self.is_in_picture_ && !self.is_in_block_;
    if (is_length && self.left_.empty()) {
      *out = 0;
      return count;
    }
    if (wanted > self.left_.size()) return 0;
    std::memcpy(out, self.left_.data(), wanted);
    self.left_.remove_prefix(wanted);
    self.is_in_block_ = is_length && *out != 0;
    return count;
  }

  static void close(GifFileType* file) { DGifCloseFile(file, nullptr); }

  std::string_view left_;
  bool is_in_picture_ = false, is_in_block_ = false;
  int transparent_ = NO_TRANSPARENT_COLOR;
  std::int64_t width_ = 0, height_ = 0;
  std::unique_ptr<GifFileType, void (*)(GifFileType*)> file_{nullptr, &FirstPicture::close};
};

PictureSize gif_size(std::string_view bytes) { return FirstPicture(bytes).size(); }

Picture decode_gif(std::string_view bytes) { return FirstPicture(bytes).decode(); }

}  // namespace

const Decoder gif_decoder{gif_size, decode_gif};

}  // namespace cspgan::detail
