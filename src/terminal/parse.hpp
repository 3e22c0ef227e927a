// Parses the command line of a program without recipes.
#pragma once

#include <CLI/App.hpp>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace cspgan {

/// An option that was renamed.
struct RenamedOption {
  std::string_view before, now;
};

/// Adds --version and parses. Returns the exit code if the program has nothing left to do (--help, --version). Throws
/// OptionError: CLI11's message; for an option that does not exist, the nearest one that does; for an option's old
/// name, the new one; for an empty value, or an integer that is not in decimal digits.
std::optional<int> parse(CLI::App& app, int argc, char** argv, std::initializer_list<RenamedOption> renamed = {});

}  // namespace cspgan
