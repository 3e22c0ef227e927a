// Fingerprints: the same for the same, whatever the machine and the version.
#include "cspgan/data/fingerprint.hpp"

#include "support/catch.hpp"

using cspgan::Fingerprint;

TEST_CASE("A fingerprint is XXH3's, with its name, and never changes", "[data]") {
  // XXH3 (64 bits) of the 8 bytes of 7, little-endian, with the seed 0, as the Python package xxhash gives it.
  CHECK(Fingerprint().add(std::uint64_t{7}).text() == "xxh3:81671e58d6b596af");
  CHECK(Fingerprint().add("a.png").add(std::uint64_t{123}).text() == "xxh3:a54244240647967a");
}

TEST_CASE("A fingerprint tells apart what was added, where it was cut, and in which order", "[data]") {
  const std::string print = Fingerprint().add("ab").add("c").text();
  CHECK(print == Fingerprint().add("ab").add("c").text());
  CHECK(print != Fingerprint().add("a").add("bc").text());
  CHECK(print != Fingerprint().add("c").add("ab").text());
  CHECK(print != Fingerprint().add("abc").text());
  CHECK(print != Fingerprint().add("ab").add("c").add("").text());
  CHECK(Fingerprint().add("12345678").text() != Fingerprint().add(std::uint64_t{0x3837363534333231}).text());
}
