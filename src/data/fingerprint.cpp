// Fingerprints by XXH3: each addition is hashed with the hash so far as its seed.
#include "cspgan/data/fingerprint.hpp"

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <bit>

namespace cspgan {

static_assert(std::endian::native == std::endian::little, "numbers are hashed as they lie in memory");

Fingerprint& Fingerprint::add(std::string_view text) {
  add(std::uint64_t{text.size()});  // so that "ab", "c" differs from "a", "bc", and a text from a number
  state_ = XXH3_64bits_withSeed(text.data(), text.size(), state_);
  return *this;
}

Fingerprint& Fingerprint::add(std::uint64_t number) {
  state_ = XXH3_64bits_withSeed(&number, sizeof(number), state_);
  return *this;
}

std::string Fingerprint::text(std::string_view method) const { return fmt::format("{}:{:016x}", method, state_); }

}  // namespace cspgan
