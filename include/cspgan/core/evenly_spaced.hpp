// A few of many.
#pragma once

#include <cstddef>
#include <vector>

namespace [[gnu::visibility("default")]] cspgan {

/// `count` evenly spaced indices in [0, size), including both ends (only the last for a count of 1); all of them if
/// size <= count.
std::vector<std::size_t> evenly_spaced(std::size_t size, std::size_t count);

}  // namespace cspgan
