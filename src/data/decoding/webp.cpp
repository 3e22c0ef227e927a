// WebP by libwebp.
#include <webp/decode.h>
#include <webp/demux.h>

#include <cstring>

#include "cspgan/data/image_error.hpp"
#include "data/decoding/orientation.hpp"
#include "data/decoding/picture.hpp"

namespace cspgan::detail {

namespace {

/// The content of the first chunk of this kind; "" if there is none. It lies in the file's bytes.
std::string_view webp_chunk(const WebPDemuxer* demuxer, const char* kind) {
  WebPChunkIterator chunk;
  if (demuxer == nullptr || WebPDemuxGetChunk(demuxer, kind, 1, &chunk) == 0) return "";
  const std::string_view content(reinterpret_cast<const char*>(chunk.chunk.bytes), chunk.chunk.size);
  WebPDemuxReleaseChunkIterator(&chunk);
  return content;
}

[[noreturn]] void fail_webp() { throw ImageError("the WebP is damaged or cut short"); }

WebPBitstreamFeatures features_of(const WebPData& data) {
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(data.bytes, data.size, &features) != VP8_STATUS_OK) fail_webp();
  return features;
}

WebPData as_data(std::string_view bytes) { return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}; }

PictureSize webp_size(std::string_view bytes) {
  const WebPBitstreamFeatures features = features_of(as_data(bytes));
  return {features.height, features.width};
}

Picture decode_webp(std::string_view bytes) {
  const WebPData data = as_data(bytes);
  const WebPBitstreamFeatures features = features_of(data);
  const bool animated = features.has_animation != 0;
  Picture picture(features.width, features.height, animated || features.has_alpha != 0 ? 4 : 3);
  const auto stride = static_cast<int>(picture.width * picture.channels);
  const auto size = static_cast<std::size_t>(picture.width * picture.channels * picture.height);
  if (animated) {
    const std::unique_ptr<WebPAnimDecoder, void (*)(WebPAnimDecoder*)> decoder(WebPAnimDecoderNew(&data, nullptr),
                                                                               WebPAnimDecoderDelete);
    std::uint8_t* frame = nullptr;
    int time = 0;
    if (decoder == nullptr || WebPAnimDecoderGetNext(decoder.get(), &frame, &time) == 0) fail_webp();
    std::memcpy(picture.pixels.get(), frame, size);
  } else if ((picture.channels == 4
                  ? WebPDecodeRGBAInto(data.bytes, data.size, picture.pixels.get(), size, stride)
                  : WebPDecodeRGBInto(data.bytes, data.size, picture.pixels.get(), size, stride)) == nullptr) {
    fail_webp();
  }
  WebPDemuxState state;
  const std::unique_ptr<WebPDemuxer, void (*)(WebPDemuxer*)> demuxer(WebPDemuxPartial(&data, &state), WebPDemuxDelete);
  picture.orientation = orientation_of(webp_chunk(demuxer.get(), "EXIF"), webp_chunk(demuxer.get(), "XMP "));
  return picture;
}

}  // namespace

const Decoder webp_decoder{webp_size, decode_webp};

}  // namespace cspgan::detail
