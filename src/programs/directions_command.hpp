// The command line of `directions`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "programs/generator_words.hpp"
#include "programs/open_words.hpp"

namespace cspgan {

/// From argv: which directions to find, and how they are scored.
struct DirectionsCommand : GeneratorWords {
  std::filesystem::path out = "directions";
  std::int64_t main = 10;
  bool avatars = false;
  bool raw = false;
  std::string data;
  OpenWords open;
  std::string features = "builtin";
  std::int64_t count = 8000;
  std::int64_t test_count = 256;
  double step = 3;
  std::int64_t columns = 7;
  std::int64_t seed = 0;
  std::int64_t batch_size = 64;
  std::string cache;
};

/// Nothing if there is nothing left to do (--help, --version). Throws OptionError for wrong usage.
std::optional<DirectionsCommand> parse_directions(int argc, char** argv);

}  // namespace cspgan
