// Process-wide memory behaviour.
#pragma once

#include <cstdint>

namespace cspgan {

/// Tells glibc to keep freed blocks instead of giving them back to the system, so that the tensors of each training
/// step do not pay the page faults of the last one again (about 10 % of a step on the CPU). Does nothing elsewhere.
void keep_freed_memory();

/// The most memory that the process has had resident so far, bytes; 0 where the system does not tell.
std::int64_t peak_resident_bytes();

}  // namespace cspgan
