// HEIC and AVIF by libheif, in builds with CSPGAN_HEIF.
#include "cspgan/data/image_error.hpp"
#include "data/decoding/picture.hpp"

#ifdef CSPGAN_HEIF

#include <libheif/heif.h>

#include <cstring>
#include <string>

namespace cspgan::detail {

namespace {

void require_done(const heif_error& error) {
  if (error.code != heif_error_Ok)
    throw ImageError(std::string("the HEIC or AVIF cannot be decoded: ") + error.message);
}

Picture decode_heif(std::string_view bytes) {
  const std::unique_ptr<heif_context, void (*)(heif_context*)> context(heif_context_alloc(), heif_context_free);
  require_done(heif_context_read_from_memory_without_copy(context.get(), bytes.data(), bytes.size(), nullptr));
  heif_image_handle* found = nullptr;
  require_done(heif_context_get_primary_image_handle(context.get(), &found));
  const std::unique_ptr<heif_image_handle, void (*)(const heif_image_handle*)> handle(found, heif_image_handle_release);
  const bool alpha = heif_image_handle_has_alpha_channel(found) != 0;
  require_picture_size(heif_image_handle_get_width(found), heif_image_handle_get_height(found));
  heif_image* decoded = nullptr;  // turned upright by libheif
  require_done(heif_decode_image(found, &decoded, heif_colorspace_RGB,
                                 alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, nullptr));
  const std::unique_ptr<heif_image, void (*)(const heif_image*)> image(decoded, heif_image_release);
  int stride = 0;
  const std::uint8_t* rows = heif_image_get_plane_readonly(decoded, heif_channel_interleaved, &stride);
  Picture picture(heif_image_get_width(decoded, heif_channel_interleaved),
                  heif_image_get_height(decoded, heif_channel_interleaved), alpha ? 4 : 3);
  for (std::int64_t y = 0; y < picture.height; ++y)
    std::memcpy(picture.row(y), rows + y * stride, static_cast<std::size_t>(picture.width * picture.channels));
  return picture;
}

}  // namespace

}  // namespace cspgan::detail

#else

namespace cspgan::detail {

namespace {

Picture decode_heif(std::string_view) {
  throw ImageError(
      "HEIC and AVIF pictures are read by builds with -DCSPGAN_HEIF=ON alone, which need libheif; or convert them to "
      "PNG "
      "or JPEG");
}

}  // namespace

}  // namespace cspgan::detail

#endif

namespace cspgan::detail {

const Decoder heif_decoder{[](std::string_view bytes) -> PictureSize {
                             const Picture picture = decode_heif(bytes);
                             return {picture.height, picture.width};
                           },
                           decode_heif};

}  // namespace cspgan::detail
