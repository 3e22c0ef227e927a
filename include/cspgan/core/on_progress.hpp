// How a long computation reports its progress.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace [[gnu::visibility("default")]] cspgan {

/// Called from time to time with the units of work done and their total. May throw, which ends the work.
using OnProgress = std::function<void(std::int64_t done, std::int64_t total)>;

/// Told of the progress of work in stages: the stage's name, such as "reals", what is done of it and how much there is.
/// May throw to end the work: what it throws comes out of the function that does it.
using StageProgress = std::function<void(std::string_view stage, std::int64_t done, std::int64_t total)>;

}  // namespace cspgan
