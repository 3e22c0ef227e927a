// JPEG by libjpeg-turbo, with the settings of Pillow and torchvision, so the pixels are theirs.
// clang-format off
#include <cstdio>  // jpeglib.h needs it
#include <jpeglib.h>
#include <jerror.h>  // its numbers depend on macros of jpeglib.h
// clang-format on

#include <algorithm>
#include <bitset>
#include <csetjmp>
#include <cstddef>
#include <optional>
#include <string>

#include "cspgan/data/image_error.hpp"
#include "data/decoding/orientation.hpp"
#include "data/decoding/picture.hpp"

namespace cspgan::detail {

namespace {

using namespace std::string_view_literals;

constexpr int most_scans = 500;  // each takes as long as the whole picture; real files have about ten

/// What libjpeg-turbo's callbacks write. Nothing here has a destructor, since errors leap over frames.
struct JpegState {
  jpeg_error_mgr errors;
  jpeg_source_mgr source;
  std::jmp_buf leap;
  char message[JMSG_LENGTH_MAX];
  bool ended;    // the file's end came before the end marker
  bool lacking;  // a scan had fewer data than its pixels need
  bool damaged;  // data that no encoder writes
};

JpegState& state_of(jpeg_common_struct* jpeg) { return *static_cast<JpegState*>(jpeg->client_data); }

[[noreturn]] void leap_out(jpeg_common_struct* jpeg) {
  JpegState& state = state_of(jpeg);
  jpeg->err->format_message(jpeg, state.message);
  std::longjmp(state.leap, 1);
}

/// Of libjpeg-turbo's warnings, those that mean that pixels are wrong.
void note_warning(jpeg_common_struct* jpeg, int level) {
  if (level >= 0) return;
  JpegState& state = state_of(jpeg);
  switch (jpeg->err->msg_code) {
    case JWRN_HIT_MARKER:
      state.lacking = true;
      break;
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
      state.damaged = true;
      break;
    default:  // for example bytes too many between two markers
      break;
  }
}

boolean pretend_end(j_decompress_ptr jpeg) {
  static constexpr JOCTET end_marker[] = {0xff, JPEG_EOI};
  state_of(reinterpret_cast<jpeg_common_struct*>(jpeg)).ended = true;
  jpeg->src->next_input_byte = end_marker;
  jpeg->src->bytes_in_buffer = sizeof end_marker;
  return TRUE;
}

void skip_bytes(j_decompress_ptr jpeg, long count) {
  if (count <= 0) return;
  const auto bytes = static_cast<std::size_t>(count);
  if (bytes > jpeg->src->bytes_in_buffer) {
    pretend_end(jpeg);
    return;
  }
  jpeg->src->next_input_byte += bytes;
  jpeg->src->bytes_in_buffer -= bytes;
}

std::string_view content_of(const jpeg_marker_struct& marker) {
  return {reinterpret_cast<const char*>(marker.data), marker.data_length};
}

int orientation_in(const jpeg_decompress_struct& jpeg) {
  constexpr std::string_view xmp_name = "http://ns.adobe.com/xap/1.0/\0"sv;
  std::string_view exif, xmp;
  for (const jpeg_marker_struct* marker = jpeg.marker_list; marker != nullptr; marker = marker->next) {
    const std::string_view content = content_of(*marker);
    if (exif.empty() && content.starts_with("Exif\0\0"sv)) exif = content;
    if (xmp.empty() && content.starts_with(xmp_name)) xmp = content.substr(xmp_name.size());
  }
  return orientation_of(exif, xmp);
}

/// (a * b) / 255, rounded.
int product_255(int a, int b) {
  const int product = a * b + 128;
  return (product + (product >> 8)) >> 8;
}

/// Four inks to RGB as Pillow does it, for which all such JPEGs hold inverted values, as Adobe writes them.
void inks_to_rgb(const std::uint8_t* inks, std::int64_t count, std::uint8_t* rgb) {
  for (std::int64_t i = 0; i < count; ++i, inks += 4)
    for (int c = 0; c < 3; ++c)
      *rgb++ = static_cast<std::uint8_t>(std::max(0, inks[3] - product_255(255 - inks[c], inks[3])));
}

class JpegDecoder {
 public:
  explicit JpegDecoder(std::string_view bytes) {
    jpeg_.err = jpeg_std_error(&state_.errors);
    jpeg_.client_data = &state_;
    state_.errors.error_exit = leap_out;
    state_.errors.emit_message = note_warning;
    state_.errors.output_message = [](jpeg_common_struct*) {};
    state_.source.init_source = [](j_decompress_ptr) {};
    state_.source.fill_input_buffer = pretend_end;
    state_.source.skip_input_data = skip_bytes;
    state_.source.resync_to_restart = jpeg_resync_to_restart;
    state_.source.term_source = [](j_decompress_ptr) {};
    state_.source.next_input_byte = reinterpret_cast<const JOCTET*>(bytes.data());
    state_.source.bytes_in_buffer = bytes.size();
  }
  ~JpegDecoder() { jpeg_destroy_decompress(&jpeg_); }
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;

  PictureSize size() {
    if (!guarded(&JpegDecoder::read_header)) fail();
    require_picture_size(jpeg_.image_width, jpeg_.image_height);
    return {jpeg_.image_height, jpeg_.image_width};
  }

  Picture decode() {
    size();
    if (jpeg_.num_components == 2 || jpeg_.num_components > 4)
      throw ImageError("it is a JPEG of " + std::to_string(jpeg_.num_components) + " channels");
    if (!guarded(&JpegDecoder::read_scans)) fail();
    if (scans_ > most_scans) throw ImageError("the JPEG is damaged: it has more than 500 scans");
    if (state_.ended && !complete()) fail_cut();
    picture_.emplace(jpeg_.output_width, jpeg_.output_height, jpeg_.out_color_components == 1 ? 1 : 3);
    if (jpeg_.out_color_components == 4) inks_ = std::make_unique_for_overwrite<std::uint8_t[]>(4 * jpeg_.output_width);
    if (!guarded(&JpegDecoder::read_rows)) fail();
    if (state_.damaged) throw ImageError("the JPEG is damaged: its data make no sense");
    if (state_.lacking) fail_cut();
    picture_->orientation = orientation_in(jpeg_);
    return std::move(*picture_);
  }

 private:
  /// Calls a part of the decoding in which libjpeg-turbo may leap out: it must not have objects with destructors.
  bool guarded(void (JpegDecoder::*part)()) {
    if (setjmp(state_.leap) != 0) return false;  // NOLINT(cert-err52-cpp): libjpeg knows no other way
    (this->*part)();
    return true;
  }

  void read_header() {
    jpeg_create_decompress(&jpeg_);
    jpeg_.src = &state_.source;
    jpeg_save_markers(&jpeg_, JPEG_APP0 + 1, 0xffff);
    jpeg_read_header(&jpeg_, TRUE);
    if (jpeg_.num_components == 3) jpeg_.out_color_space = JCS_RGB;
    if (jpeg_.num_components == 4) jpeg_.out_color_space = JCS_CMYK;
    jpeg_.buffered_image = jpeg_has_multiple_scans(&jpeg_);
  }

  /// All but the pixels of a picture with one scan, which need not be kept.
  void read_scans() {
    jpeg_start_decompress(&jpeg_);
    if (jpeg_.buffered_image == FALSE) return;
    note_scan();
    while (scans_ <= most_scans) {
      const int event = jpeg_consume_input(&jpeg_);
      if (event == JPEG_REACHED_EOI) break;
      if (event == JPEG_REACHED_SOS) note_scan();
    }
  }

  void note_scan() {
    ++scans_;
    for (int i = 0; i < jpeg_.comps_in_scan; ++i)
      seen_.set(static_cast<std::size_t>(jpeg_.cur_comp_info[i]->component_index));
  }

  /// Whether all scans that the picture needs have begun. What a scan lacks itself, `lacking` says.
  bool complete() const {
    if (jpeg_.buffered_image == FALSE) return true;
    for (int component = 0; component < jpeg_.num_components; ++component) {
      if (!seen_.test(static_cast<std::size_t>(component))) return false;
      if (jpeg_.coef_bits == nullptr) continue;
      for (int i = 0; i < DCTSIZE2; ++i)
        if (jpeg_.coef_bits[component][i] != 0) return false;  // -1: not at all; else bits that are still to come
    }
    return true;
  }

  void read_rows() {
    if (jpeg_.buffered_image != FALSE) jpeg_start_output(&jpeg_, jpeg_.input_scan_number);
    while (jpeg_.output_scanline < jpeg_.output_height) {
      std::uint8_t* const out = picture_->row(jpeg_.output_scanline);
      JSAMPROW row = inks_ ? inks_.get() : out;
      jpeg_read_scanlines(&jpeg_, &row, 1);
      if (inks_) inks_to_rgb(inks_.get(), jpeg_.output_width, out);
    }
  }

  [[noreturn]] void fail() const {
    if (state_.ended) fail_cut();
    throw ImageError(std::string("the JPEG is damaged: ") + state_.message);
  }
  [[noreturn]] static void fail_cut() { throw ImageError("the JPEG is cut short: a part of its picture is missing"); }

  JpegState state_{};
  jpeg_decompress_struct jpeg_{};
  int scans_ = 0;
  std::bitset<MAX_COMPONENTS> seen_;
  std::optional<Picture> picture_;
  std::unique_ptr<std::uint8_t[]> inks_;
};

}  // namespace

const Decoder jpeg_decoder{[](std::string_view bytes) { return JpegDecoder(bytes).size(); },
                           [](std::string_view bytes) { return JpegDecoder(bytes).decode(); }};

}  // namespace cspgan::detail
