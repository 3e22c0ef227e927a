// A short text that tells two sets of images apart; it stands in run.json so that a resume notices other data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cspgan {

/// A 64-bit FNV-1a hash of all that was added, in order. It guards against mistakes, not against forgery.
class Fingerprint {
 public:
  Fingerprint& add(std::string_view text) {
    add(static_cast<std::uint64_t>(text.size()));
    for (const char character : text) mix_in(static_cast<unsigned char>(character));
    return *this;
  }
  Fingerprint& add(std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) mix_in(static_cast<unsigned char>(number >> shift));
    return *this;
  }

  /// 16 hexadecimal digits.
  std::string text() const {
    std::string digits(16, '0');
    for (int i = 0; i < 16; ++i)
      digits[static_cast<std::size_t>(i)] = "0123456789abcdef"[(state_ >> (60 - 4 * i)) & 15];
    return digits;
  }

 private:
  void mix_in(unsigned char byte) { state_ = (state_ ^ byte) * 0x100000001b3ULL; }

  std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

}  // namespace cspgan
