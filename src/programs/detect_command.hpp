// The command line of `detect`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
};

/// Nothing if there is nothing left to do (--help). Throws OptionError for wrong usage.
std::optional<DetectCommand> parse_detect(int argc, char** argv);

}  // namespace cspgan
