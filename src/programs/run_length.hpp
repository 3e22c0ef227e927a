// The length of a run that is given as a time.
#pragma once

#include <string_view>

#include "cspgan/data/image_source.hpp"
#include "cspgan/recipes/recipe.hpp"
#include "cspgan/terminal/program.hpp"

namespace cspgan {

/// Seconds of "4h", "90m", "1h30m", "45s" or "2d". Throws OptionError for anything else, and for 0.
double parse_duration(std::string_view text);

/// The thousands of images, in all, that fit into `seconds` on this machine: the rate of the recipe's first steps, with
/// a twentieth of the time left for pictures, checkpoints and reports. If the run of the checkpoint to resume,
/// `before`, was given the same time, the length that was chosen then. Says what it chose.
/// Throws StoppedBySignal after a step if a signal has come.
double kimg_within(double seconds, const Recipe& recipe, const AnyImageSource& data, const Value* before,
                   const StopSignals& signals);

}  // namespace cspgan
