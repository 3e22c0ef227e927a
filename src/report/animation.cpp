// GIF with giflib, animated WebP with libwebp.
#include "cspgan/report/animation.hpp"

#include <fmt/format.h>
#include <gif_lib.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/shapes.hpp"
#include "report/palette.hpp"

namespace cspgan {

/// Pixels are passed as [H, W, 3], contiguous; all frames have the same size.
class AnimationWriter::Encoder {
 public:
  virtual ~Encoder() = default;
  virtual void add(const Tensor& pixels, std::int64_t milliseconds) = 0;
  virtual std::string finish() = 0;
};

namespace {

constexpr std::int64_t longest_side = 16383;  // in pixels, the limit of WebP; GIF allows larger sizes

class GifEncoder final : public AnimationWriter::Encoder {
 public:
  explicit GifEncoder(std::int64_t loops) : loops_(static_cast<unsigned>(loops)) {}
  ~GifEncoder() override {
    if (file_ != nullptr) EGifCloseFile(file_, nullptr);
  }

  void add(const Tensor& pixels, std::int64_t milliseconds) override {
    const int height = static_cast<int>(pixels.size(0)), width = static_cast<int>(pixels.size(1));
    if (file_ == nullptr) start(width, height);
    GraphicsControlBlock control{DISPOSE_DO_NOT, false, static_cast<int>((milliseconds + 5) / 10),
                                 NO_TRANSPARENT_COLOR};
    GifByteType extension[4];
    EGifGCBToExtension(&control, extension);
    require(EGifPutExtension(file_, GRAPHICS_EXT_FUNC_CODE, sizeof extension, extension));

    const auto count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    Palette palette = choose_palette({pixels.const_data_ptr<std::uint8_t>(), 3 * count});
    const std::unique_ptr<ColorMapObject, decltype(&GifFreeMapObject)> map(GifMakeMapObject(256, nullptr),
                                                                           &GifFreeMapObject);
    require(map ? GIF_OK : GIF_ERROR);
    for (std::size_t i = 0; i < palette.colors.size(); ++i) {
      const auto [red, green, blue] = palette.colors[i];
      map->Colors[i] = {red, green, blue};
    }
    require(EGifPutImageDesc(file_, 0, 0, width, height, false, map.get()));
    for (int row = 0; row < height; ++row)
      require(EGifPutLine(
          file_, palette.indices.data() + static_cast<std::size_t>(row) * static_cast<std::size_t>(width), width));
  }

  std::string finish() override {
    require(EGifCloseFile(std::exchange(file_, nullptr), nullptr));
    return std::move(bytes_);
  }

 private:
  void start(int width, int height) {
    const auto append = [](GifFileType* file, const GifByteType* bytes, int size) {
      static_cast<std::string*>(file->UserData)
          ->append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
      return size;
    };
    file_ = EGifOpen(&bytes_, append, nullptr);
    require(file_ != nullptr ? GIF_OK : GIF_ERROR);
    EGifSetGifVersion(file_, /*gif89=*/true);
    require(EGifPutScreenDesc(file_, width, height, 8, 0, nullptr));
    const GifByteType loop[3] = {1, static_cast<GifByteType>(loops_ & 255), static_cast<GifByteType>(loops_ >> 8)};
    require(EGifPutExtensionLeader(file_, APPLICATION_EXT_FUNC_CODE));
    require(EGifPutExtensionBlock(file_, 11, "NETSCAPE2.0"));
    require(EGifPutExtensionBlock(file_, sizeof loop, loop));
    require(EGifPutExtensionTrailer(file_));
  }

  static void require(int status) {
    if (status != GIF_OK) throw Error("a GIF could not be made: out of memory");
  }

  unsigned loops_;
  std::string bytes_;
  GifFileType* file_ = nullptr;
};

class WebpEncoder final : public AnimationWriter::Encoder {
 public:
  WebpEncoder(std::int64_t loops, double quality) : loops_(static_cast<int>(loops)) {
    require(WebPConfigInit(&config_) != 0);
    config_.quality = static_cast<float>(quality);
    config_.lossless = quality == 100 ? 1 : 0;
  }

  void add(const Tensor& pixels, std::int64_t milliseconds) override {
    const int height = static_cast<int>(pixels.size(0)), width = static_cast<int>(pixels.size(1));
    if (!encoder_) {
      WebPAnimEncoderOptions options;
      require(WebPAnimEncoderOptionsInit(&options) != 0);
      options.anim_params.loop_count = loops_;
      encoder_.reset(WebPAnimEncoderNew(width, height, &options));
      require(encoder_ != nullptr);
    }
    WebPPicture picture;
    require(WebPPictureInit(&picture) != 0);
    const std::unique_ptr<WebPPicture, decltype(&WebPPictureFree)> freed(&picture, &WebPPictureFree);
    picture.use_argb = 1;
    picture.width = width;
    picture.height = height;
    require(WebPPictureImportRGB(&picture, pixels.const_data_ptr<std::uint8_t>(), 3 * width) != 0);
    require(WebPAnimEncoderAdd(encoder_.get(), &picture, static_cast<int>(time_), &config_) != 0);
    time_ += milliseconds;
  }

  std::string finish() override {
    require(WebPAnimEncoderAdd(encoder_.get(), nullptr, static_cast<int>(time_), nullptr) != 0);
    WebPData data;
    WebPDataInit(&data);
    const std::unique_ptr<WebPData, decltype(&WebPDataClear)> cleared(&data, &WebPDataClear);
    require(WebPAnimEncoderAssemble(encoder_.get(), &data) != 0);
    return {reinterpret_cast<const char*>(data.bytes), data.size};
  }

 private:
  void require(bool done) const {
    if (!done)
      throw Error(fmt::format("a WebP animation could not be made: {}",
                              encoder_ ? WebPAnimEncoderGetError(encoder_.get()) : "out of memory"));
  }

  int loops_;
  WebPConfig config_{};
  std::int64_t time_ = 0;
  std::unique_ptr<WebPAnimEncoder, decltype(&WebPAnimEncoderDelete)> encoder_{nullptr, &WebPAnimEncoderDelete};
};

}  // namespace

void AnimationOptions::validate() const {
  for (const std::int64_t time : {frame_milliseconds, last_frame_milliseconds})
    if (time < 20 || time > 60000)
      throw OptionError(fmt::format("an animation's frame lasts 20 to 60000 milliseconds, not {}", time));
  if (loops < 0 || loops > 65535)
    throw OptionError(fmt::format("an animation repeats 0 (forever) to 65535 times, not {}", loops));
  if (!(quality >= 0 && quality <= 100))
    throw OptionError(fmt::format("the quality of an animation lies in [0, 100], not {}", quality));
}

AnimationWriter::AnimationWriter(std::filesystem::path path, const AnimationOptions& options)
    : path_(std::move(path)), options_(options) {
  options_.validate();
  if (path_.extension() == ".gif") {
    encoder_ = std::make_unique<GifEncoder>(options_.loops);
  } else if (path_.extension() == ".webp") {
    encoder_ = std::make_unique<WebpEncoder>(options_.loops, options_.quality);
  } else {
    throw OptionError(
        fmt::format("an animation's file must end in .gif or .webp, which '{}' does not", path_.string()));
  }
}

AnimationWriter::~AnimationWriter() = default;
AnimationWriter::AnimationWriter(AnimationWriter&&) noexcept = default;
AnimationWriter& AnimationWriter::operator=(AnimationWriter&&) noexcept = default;

void AnimationWriter::add(const Tensor& image) {
  if (!image.defined() || image.dim() != 3 || image.size(0) != 3 || image.scalar_type() != at::kByte ||
      image.numel() == 0 || std::max(image.size(1), image.size(2)) > longest_side) {
    throw Error(fmt::format("an animation takes uint8 images of shape [3, H, W], at most {} pixels a side, not {}",
                            longest_side, describe_tensor(image)));
  }
  const Tensor pixels = image.detach().to(at::kCPU).permute({1, 2, 0}).contiguous().clone();
  if (pending_.defined()) {
    if (pixels.sizes() != pending_.sizes())
      throw Error(fmt::format("all frames of an animation must have the same size: {}x{} came after {}x{}",
                              pixels.size(1), pixels.size(0), pending_.size(1), pending_.size(0)));
    encoder_->add(pending_, options_.frame_milliseconds);
  }
  pending_ = pixels;
}

void AnimationWriter::finish() {
  if (!pending_.defined()) throw Error(fmt::format("'{}' got no frame to write", path_.string()));
  encoder_->add(pending_, options_.last_frame_milliseconds);
  write_file_atomically(path_, encoder_->finish(), Durability::cached);
  pending_ = Tensor();
}

}  // namespace cspgan
