// TensorBoard's files: the framing of TFRecord, and the few Protocol Buffers fields that events need.
#include "cspgan/report/event_log.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/report/images.hpp"

namespace cspgan {
namespace {

// ---- CRC-32C (Castagnoli; RFC 3720, appendix B.4), bit-reflected, with a table indexed by bytes.

constexpr std::array<std::uint32_t, 256> crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0x82F63B78u : 0u);
    table[byte] = value;
  }
  return table;
}();

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t value = ~0u;
  for (const char byte : bytes) value = value >> 8 ^ crc_table[(value ^ static_cast<unsigned char>(byte)) & 255];
  return ~value;
}

/// TFRecord stores checksums rotated and with an offset, since the data may itself contain checksums.
std::uint32_t masked_crc(std::string_view bytes) { return std::rotr(crc32c(bytes), 15) + 0xA282EAD8u; }

// ---- Numbers and fields as little-endian bytes.

template <class Unsigned>
std::string little_endian(Unsigned value) {
  std::string bytes;
  for (std::size_t i = 0; i < sizeof value; ++i) bytes.push_back(static_cast<char>(value >> (8 * i) & 255));
  return bytes;
}

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value > 127; value >>= 7) bytes.push_back(static_cast<char>((value & 127) | 128));
  bytes.push_back(static_cast<char>(value));
  return bytes;
}

// Fields of a message by number (developers.google.com/protocol-buffers/docs/encoding: wire types 0, 1, 2 and 5).
std::string integer_field(unsigned number, std::uint64_t value) { return varint(number << 3) + varint(value); }
std::string double_field(unsigned number, double value) {
  return varint(number << 3 | 1) + little_endian(std::bit_cast<std::uint64_t>(value));
}
std::string bytes_field(unsigned number, std::string_view bytes) {
  return varint(number << 3 | 2) + varint(bytes.size()) + std::string(bytes);
}
std::string float_field(unsigned number, float value) {
  return varint(number << 3 | 5) + little_endian(std::bit_cast<std::uint32_t>(value));
}

/// Event: wall_time = 1, step = 2.
std::string event_head(std::int64_t step) {
  const double now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  return double_field(1, now) + integer_field(2, static_cast<std::uint64_t>(step));
}

}  // namespace

EventLog::EventLog(const std::filesystem::path& folder, std::optional<std::int64_t> resumed_at_step) {
  make_folder(folder);
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  for (int number = 0; !file_; ++number) {  // TensorBoard reads the files of a folder in order of name
    path_ = folder / fmt::format("events.out.tfevents.{:010}.cspgan.{}.{}", seconds, ::getpid(), number);
    WriteGuard::ask();
    file_.reset(std::fopen(path_.c_str(), "wbx"));
    if (!file_ && errno != EEXIST)
      throw Error(fmt::format("cannot write '{}': {}", path_.string(), std::strerror(errno)));
  }
  write_event(event_head(0) + bytes_field(3, "brain.Event:2"));  // file_version = 3
  if (resumed_at_step) {                                         // session_log = 7, its status = 1: START = 1
    write_event(event_head(*resumed_at_step) + bytes_field(7, integer_field(1, 1)));
  }
}

// Summary.Value: tag = 1, simple_value = 2, image = 4, tensor = 8, metadata = 9.
void EventLog::scalar(std::int64_t step, std::string_view tag, double value) {
  write_summary(step, bytes_field(1, tag) + float_field(2, static_cast<float>(value)));
}

void EventLog::image(std::int64_t step, std::string_view tag, const Tensor& image) {
  const std::string png = encode_png(image);
  const auto size = [&](std::int64_t dimension) { return static_cast<std::uint64_t>(image.size(dimension)); };
  constexpr int rgb = 3;  // height = 1, width = 2, colorspace = 3, encoded_image_string = 4
  write_summary(step, bytes_field(1, tag) + bytes_field(4, integer_field(1, size(1)) + integer_field(2, size(2)) +
                                                               integer_field(3, rgb) + bytes_field(4, png)));
}

void EventLog::text(std::int64_t step, std::string_view tag, std::string_view markdown) {
  constexpr int string_type = 7;  // TensorProto: dtype = 1, tensor_shape = 2 with dim = 2 of size = 1, string_val = 8
  const std::string tensor =
      integer_field(1, string_type) + bytes_field(2, bytes_field(2, integer_field(1, 1))) + bytes_field(8, markdown);
  const std::string metadata = bytes_field(1, bytes_field(1, "text"));  // plugin_data = 1: plugin_name = 1
  write_summary(step, bytes_field(1, tag) + bytes_field(8, tensor) + bytes_field(9, metadata));
}

void EventLog::write_summary(std::int64_t step, std::string_view value) {
  write_event(event_head(step) + bytes_field(5, bytes_field(1, value)));  // summary = 5, its value = 1
}

void EventLog::write_event(std::string_view event) {
  if (!file_) throw Error(fmt::format("cannot write '{}': it could not be mended after an error", path_.string()));
  const std::string length = little_endian(static_cast<std::uint64_t>(event.size()));
  std::string record = length + little_endian(masked_crc(length));
  record.append(event) += little_endian(masked_crc(event));
  if (std::fwrite(record.data(), 1, record.size(), file_.get()) == record.size() && std::fflush(file_.get()) == 0) {
    size_ += static_cast<std::int64_t>(record.size());
    return;
  }
  const int reason = errno;
  // TensorBoard reads no further than a torn record: the next one takes its place.
  WriteGuard::ask();
  file_.reset(std::fopen(path_.c_str(), "r+b"));
  if (!file_ || ::ftruncate(::fileno(file_.get()), size_) != 0 || std::fseek(file_.get(), size_, SEEK_SET) != 0)
    file_.reset();
  throw Error(fmt::format("cannot write '{}': {}", path_.string(), std::strerror(reason)));
}

}  // namespace cspgan
