// NumPy's file format (numpy.lib.format, versions 1 to 3), read and written in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/tensor.hpp"

namespace cspgan::detail {

/// A file that is open for reading or writing at any place. Throws Error naming the path and the system's reason.
class OpenFile {
 public:
  /// Closes the descriptor in the end; a negative one is that of a file that could not be opened, with errno.
  OpenFile(std::filesystem::path path, int descriptor);
  ~OpenFile();
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t size() const;
  /// The number of bytes read: fewer than `count` only at the file's end.
  std::size_t read(void* out, std::size_t count, std::uint64_t place) const;
  void write(const void* bytes, std::size_t count, std::uint64_t place) const;
  void truncate(std::uint64_t size) const;
  void sync() const;

 private:
  std::filesystem::path path_;
  int descriptor_;
};

/// What the header says.
struct NpyArray {
  std::uint64_t begin = 0;  // of the values, in bytes
  std::string type{};       // NumPy's name of it, such as "|u1" or "<f4"
  bool in_c_order = false;
  std::vector<std::int64_t> shape{};

  /// If it holds images, the bytes of one.
  std::int64_t image_bytes() const { return shape[1] * shape[2] * shape[3]; }
};

/// Throws Error naming the file and what is wrong: no NumPy file, an unknown version, a damaged header.
NpyArray read_npy_header(const OpenFile& file);
/// Throws Error if the file is shorter than its array of values of so many bytes.
void require_whole(const OpenFile& file, const NpyArray& array, std::int64_t value_bytes);
/// The header of a file of images. Throws Error as the two above do, and for anything but uint8 [images, 3, height,
/// width].
NpyArray read_npy_images(const OpenFile& file);

constexpr std::size_t npy_header_bytes = 128;  // of ours, whatever the shape
std::string npy_header(std::string_view type, at::IntArrayRef shape);

}  // namespace cspgan::detail
