// The fuzzer's inputs, and damaged copies of them, in every run of the tests: each is read or refused, and nothing else
// happens. What the fuzzer finds goes into the corpus.
#include <cstdlib>
#include <filesystem>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/random.hpp"
#include "fuzz/targets.hpp"
#include "support/catch.hpp"

using namespace cspgan;

namespace {

/// A copy with a byte changed, a piece cut out, a piece doubled, or the end missing.
std::string damaged(std::string bytes, HostRandom& random) {
  if (bytes.empty()) return bytes;
  const auto place = static_cast<std::size_t>(random.below(bytes.size()));
  const auto length = static_cast<std::size_t>(random.below(16)) + 1;
  switch (random.below(4)) {
    case 0:
      bytes[place] = static_cast<char>(random.below(256));
      return bytes;
    case 1:
      return bytes.erase(place, length);
    case 2:
      return bytes.insert(place, bytes.substr(place, length));
    default:
      return bytes.substr(0, place);
  }
}

/// Damaged copies of each input; CSPGAN_FUZZ_COPIES asks for more than a run of the tests has time for.
int copies_of_each() {
  const char* const asked = std::getenv("CSPGAN_FUZZ_COPIES");
  return asked == nullptr ? 40 : std::atoi(asked);
}

/// Whether it was read.
bool read(const cspgan_fuzz::Target& target, const std::string& bytes) {
  try {
    target.read(bytes);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

TEST_CASE("bytes of every kind of input are read or refused, however they are damaged", "[fuzz]") {
  for (const auto& target : cspgan_fuzz::targets()) {
    INFO(target.name);
    HostRandom random({7, target.name.size()});
    std::int64_t good = 0, refused = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(CSPGAN_SOURCE_DIR) + "/tests/fuzz/corpus/" + target.name)) {
      const std::string bytes = read_file(entry.path());
      good += read(target, bytes) ? 1 : 0;
      for (int copy = 0; copy < copies_of_each(); ++copy) {
        std::string changed = bytes;
        for (std::uint64_t times = random.below(3) + 1; times > 0; --times) changed = damaged(changed, random);
        refused += read(target, changed) ? 0 : 1;
      }
    }
    CHECK(good > 0);
    CHECK(refused > 0);
  }
}
