// How a long computation reports its progress.
#pragma once

#include <cstdint>
#include <functional>

namespace cspgan {

/// Called from time to time with the units of work done and their total. May throw, which ends the work.
using OnProgress = std::function<void(std::int64_t done, std::int64_t total)>;

}  // namespace cspgan
