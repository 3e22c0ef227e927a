// SHA-256, to identify files: published weights, cached results.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace [[gnu::visibility("default")]] cspgan {

/// The SHA-256 (FIPS 180-4) of all bytes added so far.
class Sha256 {
 public:
  Sha256& add(std::string_view bytes);
  /// 64 hexadecimal digits. More bytes may be added afterwards.
  std::string text() const;

 private:
  void take_block(const unsigned char* block);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, 64> waiting_{};
  std::size_t waiting_size_ = 0;
  std::uint64_t size_ = 0;  // bytes
};

/// The SHA-256 of a file's content, which is read in pieces. Throws Error naming the path and the system's reason.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace cspgan
