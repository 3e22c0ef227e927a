// The command line of `detect_train`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cspgan/detection/detector_recipe.hpp"

namespace cspgan {

inline constexpr std::string_view detect_train_name = "detect_train";

struct DetectTrainCommand {
  DetectorRecipe recipe;
  std::string gan;  // path of the GAN of f_anogan, else ""
  std::string resume = "auto";
};

/// Nothing if there is nothing left to do (--help, --describe). Throws OptionError for wrong usage.
std::optional<DetectTrainCommand> parse_detect_train(int argc, char** argv);

}  // namespace cspgan
