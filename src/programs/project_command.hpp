// The command line of `project`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cspgan/evaluation/projection.hpp"
#include "programs/generator_words.hpp"
#include "programs/open_words.hpp"

namespace cspgan {

/// From argv: which pictures to search, and how.
struct ProjectCommand : GeneratorWords {
  std::vector<std::filesystem::path> images;
  std::string data;
  OpenWords open;
  std::int64_t count = 8;
  std::filesystem::path out = "projected";
  std::int64_t seed = 0;
  ProjectionOptions options;
};

/// Nothing if there is nothing left to do (--help, --version). Throws OptionError for wrong usage.
std::optional<ProjectCommand> parse_project(int argc, char** argv);

}  // namespace cspgan
