// glibc's allocator settings and the process's peak memory.
#include "cspgan/core/memory.hpp"

#include <sys/resource.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace cspgan {

bool keep_freed_memory() {
#if defined(__GLIBC__)
  constexpr int largest = 1 << 30;
  constexpr int largest_of_some = 32 << 20;  // HEAP_MAX_SIZE / 2, the limit of versions that have one
  // First, and nothing else if it is refused: any of these settings stops glibc from raising its threshold itself, and
  // at the initial 128 KiB nearly every tensor would be mapped and unmapped anew.
  if (mallopt(M_MMAP_THRESHOLD, largest) == 0 && mallopt(M_MMAP_THRESHOLD, largest_of_some) == 0) return false;
  const bool trims_late = mallopt(M_TRIM_THRESHOLD, 2'000'000'000) != 0;
  const bool grows_far = mallopt(M_TOP_PAD, 64 << 20) != 0;
  return trims_late && grows_far;
#else
  return false;
#endif
}

std::int64_t peak_resident_bytes() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace cspgan
