#include "data/npy_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/core/shapes.hpp"

namespace cspgan::detail {

namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

constexpr std::string_view magic = "\x93NUMPY"sv;
constexpr std::uint32_t longest_header = 1 << 16;  // bytes; NumPy's own for four dimensions has 118

[[noreturn]] void fail_system(const fs::path& path, const char* what) {
  throw Error(fmt::format("cannot {} '{}': {}", what, path.string(), std::strerror(errno)));
}

/// The text behind `'key':` in the header's dictionary; "" if it is not there.
std::string_view entry_of(std::string_view header, std::string_view key) {
  for (const char quote : {'\'', '"'}) {
    const std::size_t place = header.find(fmt::format("{0}{1}{0}", quote, key));
    if (place == std::string_view::npos) continue;
    std::string_view rest = header.substr(place + key.size() + 2);
    const std::size_t colon = rest.find_first_not_of(' ');
    if (colon == std::string_view::npos || rest[colon] != ':') continue;
    rest.remove_prefix(colon + 1);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    return rest;
  }
  return "";
}

/// The text between the quotes that a text begins with.
std::string text_in_quotes(std::string_view text) {
  const std::size_t end = text.empty() ? 0 : text.find(text.front(), 1);
  return std::string(text.substr(std::min<std::size_t>(text.size(), 1), end == std::string_view::npos ? 0 : end - 1));
}

/// The numbers of "(4400, 3, 64, 64)".
std::vector<std::int64_t> shape_of(std::string_view text) {
  std::vector<std::int64_t> shape;
  if (!text.starts_with('(')) return shape;
  std::int64_t number = -1;
  for (const char c : text.substr(1)) {
    if (c >= '0' && c <= '9') {
      number = std::max<std::int64_t>(number, 0) * 10 + (c - '0');
      if (number > (std::int64_t{1} << 40)) return {};
    } else if (c == ',' || c == ')') {
      if (number >= 0) shape.push_back(number);
      number = -1;
      if (c == ')') break;
    } else if (c != ' ') {
      return {};
    }
  }
  return shape;
}

}  // namespace

OpenFile::OpenFile(fs::path path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {
  if (descriptor_ < 0) fail_system(path_, "open");
}

OpenFile::~OpenFile() { ::close(descriptor_); }

std::uint64_t OpenFile::size() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) fail_system(path_, "read");
  return static_cast<std::uint64_t>(status.st_size);
}

std::size_t OpenFile::read(void* out, std::size_t count, std::uint64_t place) const {
  std::size_t done = 0;
  while (done < count) {
    const ssize_t got =
        ::pread(descriptor_, static_cast<char*>(out) + done, count - done, static_cast<off_t>(place + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_system(path_, "read");
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

void OpenFile::write(const void* bytes, std::size_t count, std::uint64_t place) const {
  for (std::size_t done = 0; done < count;) {
    const ssize_t put =
        ::pwrite(descriptor_, static_cast<const char*>(bytes) + done, count - done, static_cast<off_t>(place + done));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail_system(path_, "write");
    done += static_cast<std::size_t>(put);
  }
}

void OpenFile::truncate(std::uint64_t size) const {
  if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) fail_system(path_, "write");
}

void OpenFile::sync() const {
  if (::fdatasync(descriptor_) != 0) fail_system(path_, "write");
}

NpyArray read_npy_header(const OpenFile& file) {
  const auto fail = [&](const std::string& reason) -> void {
    throw Error(fmt::format("'{}' {}", file.path().string(), reason));
  };
  std::array<char, 12> start{};
  const std::size_t got = file.read(start.data(), start.size(), 0);
  if (got < start.size() || !std::string_view(start.data(), start.size()).starts_with(magic))
    fail("is no NumPy file (.npy)");
  const auto byte = [&](std::size_t place) { return std::uint32_t{static_cast<unsigned char>(start[place])}; };
  const std::uint32_t version = byte(6);
  if (version < 1 || version > 3) fail(fmt::format("is a NumPy file of version {}, which is not known", version));
  const std::uint32_t length =
      version == 1 ? byte(8) | byte(9) << 8 : byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24;
  if (length > longest_header) fail("is a NumPy file whose header is damaged");
  const std::uint64_t begin = (version == 1 ? 10U : 12U) + length;
  std::string header(length, '\0');
  if (file.read(header.data(), length, begin - length) < length) fail("is cut short: its header is missing");
  return {.begin = begin,
          .type = text_in_quotes(entry_of(header, "descr")),
          .in_c_order = entry_of(header, "fortran_order").starts_with("False"),
          .shape = shape_of(entry_of(header, "shape"))};
}

void require_whole(const OpenFile& file, const NpyArray& array, std::int64_t value_bytes) {
  const std::uint64_t size = file.size();
  std::uint64_t left = size < array.begin ? 0 : (size - array.begin) / static_cast<std::uint64_t>(value_bytes);
  for (const std::int64_t side : array.shape) left /= static_cast<std::uint64_t>(std::max<std::int64_t>(side, 1));
  if (left < 1)
    throw Error(fmt::format("'{}' is cut short: it has {} bytes, which is less than its shape {} needs",
                            file.path().string(), size, shape_text(array.shape)));
}

NpyArray read_npy_images(const OpenFile& file) {
  NpyArray array = read_npy_header(file);
  const std::vector<std::int64_t>& shape = array.shape;
  if ((array.type != "|u1" && array.type != "u1") || !array.in_c_order || shape.size() != 4 || shape[1] != 3)
    throw Error(fmt::format(
        "'{}' must hold uint8 [images, 3, height, width] in C order; it has the type '{}' and the shape {}{}",
        file.path().string(), array.type, shape_text(shape),
        !array.in_c_order                    ? " in Fortran order: in Python, numpy.ascontiguousarray(a) turns it"
        : shape.size() == 4 && shape[3] == 3 ? ": in Python, a.transpose(0, 3, 1, 2).copy() turns it"
                                             : ""));
  constexpr std::int64_t longest_side = 16384;
  if (shape[0] < 1 || shape[2] < 1 || shape[3] < 1 || shape[2] > longest_side || shape[3] > longest_side)
    throw Error(fmt::format("'{}' has the shape {}", file.path().string(), shape_text(shape)));
  require_whole(file, array, 1);
  return array;
}

std::string npy_header(std::string_view type, at::IntArrayRef shape) {
  std::string text =
      std::string(magic) + "\x01" + '\0' + static_cast<char>(npy_header_bytes - 10) + '\0' +
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type, fmt::join(shape, ", "));
  text.resize(npy_header_bytes - 1, ' ');
  return text + '\n';
}

}  // namespace cspgan::detail
