// Settings of the allocator, on one of our own that records them.
#include "cspgan/core/memory.hpp"

#include <cstdlib>
#include <utility>
#include <vector>

#include "support/catch.hpp"

#if defined(__GLIBC__)
#include <malloc.h>

using namespace cspgan;

namespace {

using Setting = std::pair<int, int>;
std::vector<Setting> taken;
int largest_mmap_threshold = 0;

}  // namespace

// In place of glibc's in this program: those of other versions refuse other settings.
extern "C" int mallopt(int parameter, int value) noexcept {
  if (parameter == M_MMAP_THRESHOLD && value > largest_mmap_threshold) return 0;
  taken.emplace_back(parameter, value);
  return 1;
}

TEST_CASE("freed memory is kept as far as the allocator takes it, or nothing is set", "[core]") {
  const auto settings_under = [](int limit, bool expected) {
    largest_mmap_threshold = limit;
    taken.clear();
    CHECK(keep_freed_memory() == expected);
    return taken;
  };
  const Setting trim{M_TRIM_THRESHOLD, 2'000'000'000}, pad{M_TOP_PAD, 64 << 20};
  CHECK(settings_under(1 << 30, true) == std::vector<Setting>{{M_MMAP_THRESHOLD, 1 << 30}, trim, pad});
  CHECK(settings_under(32 << 20, true) == std::vector<Setting>{{M_MMAP_THRESHOLD, 32 << 20}, trim, pad});
  CHECK(settings_under((32 << 20) - 1, false).empty());
}

#endif

TEST_CASE("the peak of resident memory does not fall", "[core]") {
  const std::int64_t before = cspgan::peak_resident_bytes();
  CHECK(before > 0);
  const std::vector<char> touched(std::size_t{8} << 20, 'x');
  CHECK(cspgan::peak_resident_bytes() >= before);
  CHECK(touched.back() == 'x');
}
