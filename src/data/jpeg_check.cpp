// The segments of a JPEG (ITU T.81, annex B).
#include "data/jpeg_check.hpp"

#include <algorithm>
#include <bitset>
#include <string>
#include <vector>

#include "cspgan/data/image_error.hpp"
#include "data/image_bytes.hpp"

namespace cspgan::detail {

namespace {

using namespace std::string_view_literals;

enum Marker : std::uint32_t {
  first_frame = 0xc0,  // baseline, then extended and progressive
  progressive_frame = 0xc2,
  huffman_tables = 0xc4,
  first_restart = 0xd0,
  last_restart = 0xd7,
  end_of_image = 0xd9,
  start_of_scan = 0xda,
  quantization_tables = 0xdb,
  application_1 = 0xe1,
};

[[noreturn]] void fail_damaged(const char* what) { throw ImageError(std::string("the JPEG is damaged: ") + what); }

class JpegWalk {
 public:
  explicit JpegWalk(std::string_view bytes) : bytes_(bytes) {}

  int run() {
    place_ = 2;  // after the start marker
    while (true) {
      const std::uint32_t marker = next_marker();
      if (marker == end_of_image) break;
      const std::string_view content = segment();
      if (marker == application_1 && content.starts_with("Exif\0\0"sv))
        orientation_ = tiff_orientation(content.substr(6));
      if (marker == huffman_tables) read_huffman_tables(content);
      if (marker == quantization_tables) read_quantization_tables(content);
      if (marker >= first_frame && marker <= progressive_frame) read_frame(content, marker == progressive_frame);
      in_scan_ = marker == start_of_scan;
      if (in_scan_) read_scan(content);
    }
    if (!has_scan_) throw ImageError("the JPEG holds no picture");
    return orientation_;
  }

 private:
  /// Skips everything that is not a marker: padding, and a scan's data with its stuffed zeros and restart markers.
  std::uint32_t next_marker() {
    while (true) {
      while (place_ < bytes_.size() && byte_at(bytes_, place_) != 0xff) ++place_;
      while (place_ < bytes_.size() && byte_at(bytes_, place_) == 0xff) ++place_;
      if (place_ >= bytes_.size()) throw ImageError("the JPEG is cut short: its end marker is missing");
      const std::uint32_t marker = byte_at(bytes_, place_++);
      if (!in_scan_ || (marker != 0 && (marker < first_restart || marker > last_restart))) return marker;
    }
  }

  /// Returns the content of the current segment, without its length, and moves past it.
  std::string_view segment() {
    const std::string_view rest = bytes_.substr(place_);
    const std::size_t length = rest.size() < 2 ? 0 : big_endian(rest, 0, 2);
    if (length < 2 || length > rest.size()) throw ImageError("the JPEG is cut short: it ends within a segment");
    place_ += length;
    return rest.substr(2, length - 2);
  }

  /// A Huffman table: class and number, 16 counts, and as many values as the counts add up to, at most 256.
  void read_huffman_tables(std::string_view tables) {
    constexpr std::size_t header = 17;
    while (!tables.empty()) {
      std::size_t values = 0;
      for (std::size_t i = 1; i < std::min(header, tables.size()); ++i) values += byte_at(tables, i);
      const std::uint32_t kind = byte_at(tables, 0) >> 4;
      const std::uint32_t number = byte_at(tables, 0) & 15;
      if (values > 256 || header + values > tables.size() || kind > 1 || number > 3)
        fail_damaged("a Huffman table is wrong");
      (kind == 0 ? dc_given_ : ac_given_).set(number);
      tables.remove_prefix(header + values);
    }
  }

  void read_quantization_tables(std::string_view tables) {
    while (!tables.empty()) {
      const std::size_t size = byte_at(tables, 0) >> 4 == 0 ? 65 : 129;
      const std::uint32_t number = byte_at(tables, 0) & 15;
      if (size > tables.size() || number > 3) fail_damaged("a quantization table is wrong");
      quantization_given_.set(number);
      tables.remove_prefix(size);
    }
  }

  void read_frame(std::string_view frame, bool progressive) {
    progressive_ = progressive;
    quantization_used_.clear();
    const std::size_t components = frame.size() < 6 ? 0 : byte_at(frame, 5);
    if (frame.size() != 6 + 3 * components) fail_damaged("its frame header is wrong");
    for (std::size_t i = 0; i < components; ++i) quantization_used_.push_back(byte_at(frame, 6 + 3 * i + 2));
  }

  void read_scan(std::string_view scan) {
    has_scan_ = true;
    const std::size_t components = scan.empty() ? 0 : byte_at(scan, 0);
    if (scan.size() != 4 + 2 * components) fail_damaged("a scan header is wrong");
    const std::uint32_t first = byte_at(scan, scan.size() - 3);
    const std::uint32_t last = byte_at(scan, scan.size() - 2);
    const bool refines = byte_at(scan, scan.size() - 1) >> 4 != 0;
    const bool needs_dc = progressive_ ? first == 0 && !refines : true;
    const bool needs_ac = progressive_ ? last > 0 : true;
    for (std::size_t i = 0; i < components; ++i) {
      const std::uint32_t tables = byte_at(scan, 2 + 2 * i);
      if ((tables >> 4) > 3 || (tables & 15) > 3 || (needs_dc && !dc_given_[tables >> 4]) ||
          (needs_ac && !ac_given_[tables & 15]))
        fail_damaged("a Huffman table is missing");
    }
    for (const std::uint32_t number : quantization_used_)
      if (number > 3 || !quantization_given_[number]) fail_damaged("a quantization table is missing");
  }

  std::string_view bytes_;
  std::size_t place_ = 0;
  bool in_scan_ = false;
  bool has_scan_ = false;
  bool progressive_ = false;
  int orientation_ = 1;
  std::bitset<4> dc_given_, ac_given_, quantization_given_;
  std::vector<std::uint32_t> quantization_used_;
};

}  // namespace

int check_jpeg(std::string_view bytes) { return JpegWalk(bytes).run(); }

}  // namespace cspgan::detail
