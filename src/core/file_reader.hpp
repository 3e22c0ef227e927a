// A file read piece by piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace cspgan {

/// Reads a file from its start. Its functions throw Error naming the path and the system's reason.
class FileReader {
 public:
  explicit FileReader(std::filesystem::path path);
  ~FileReader();
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  /// The next `count` bytes; fewer only if the file ends before.
  std::string read(std::size_t count);
  std::string read_rest();

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;  // bytes, when it was opened; 0 for a pipe
  std::uint64_t position_ = 0;
};

}  // namespace cspgan
