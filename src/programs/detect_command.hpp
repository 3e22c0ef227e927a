// The command line of `detect`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/detection/detector_recipe.hpp"
#include "cspgan/models/checkpoint.hpp"

namespace cspgan {

inline constexpr std::string_view detect_name = "detect";

struct DetectCommand {
  std::filesystem::path detector;
  std::string data;
  std::filesystem::path out = "detected";
  std::optional<std::string> rule, score;
  std::optional<double> value;
  std::vector<std::string> settings;
  std::filesystem::path save;
  std::int64_t heat = 12;
  std::string class_name;
  std::string device = "auto";
  int threads = 0;

  /// Whether a threshold or a score is to be chosen anew.
  bool is_anew() const { return rule || value || score; }
  /// Throws OptionError for options that would do nothing. `labeled`: the data say which pictures are bad.
  void require_useful(bool labeled, bool has_classes) const;
};

/// The training's recipe, with what --set changes of the pictures.
DetectorRecipe recipe_of(const DetectCommand& command, const Checkpoint& file);

/// Nothing if there is nothing left to do (--help). Throws OptionError for wrong usage.
std::optional<DetectCommand> parse_detect(int argc, char** argv);

}  // namespace cspgan
