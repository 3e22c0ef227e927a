// The memory of the process.
#pragma once

#include <cstdint>

namespace [[gnu::visibility("default")]] cspgan {

/// Tells glibc to keep freed blocks instead of returning them to the system, for the whole process, so that the tensors
/// of each training step do not pay again for the page faults of the last (about 10 % of a step on the CPU). Versions
/// of glibc that limit this keep blocks below 32 MiB. Returns false if the allocator is not glibc's or refuses.
bool keep_freed_memory();

/// The largest resident size of the process so far, in bytes; 0 if the system does not tell.
std::int64_t peak_resident_bytes();

}  // namespace cspgan
