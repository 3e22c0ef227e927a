// How long computations tell somebody how far they are.
#pragma once

#include <cstdint>
#include <functional>

namespace cspgan {

/// Called now and then with the units of work done and all there are; may throw to end the work.
using OnProgress = std::function<void(std::int64_t done, std::int64_t total)>;

}  // namespace cspgan
