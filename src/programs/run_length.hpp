// The length of a run that is given as a time.
#pragma once

#include <cstdint>
#include <string_view>

#include "cspgan/data/image_source.hpp"
#include "cspgan/recipes/recipe.hpp"
#include "cspgan/terminal/program.hpp"

namespace cspgan {

/// Seconds of "4h", "90m", "1h30m", "45s" or "2d". Throws OptionError for anything else, and for 0.
double parse_duration(std::string_view text);

/// The length of a run, in thousands of images, that adds what fits into `seconds` on this machine to the `first`
/// images: the rate of the recipe's first steps, with a twentieth of the time left for pictures, checkpoints and
/// reports. If the run that goes on, `before`, was given the same time, the length that was chosen then. Says what it
/// chose.
/// Throws StoppedBySignal after a step if a signal has come.
double kimg_within(double seconds, const Recipe& recipe, const AnyImageSource& data, std::int64_t first,
                   const Value* before, const StopSignals& signals);

}  // namespace cspgan
