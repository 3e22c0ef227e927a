// The command line of a program without recipes.
#pragma once

#include <CLI/App.hpp>
#include <optional>

namespace cspgan {

/// Adds --version and parses; the exit code where the program is done (--help, --version). Throws OptionError with
/// CLI11's message.
std::optional<int> parse(CLI::App& app, int argc, char** argv);

}  // namespace cspgan
