// The command line of a program without recipes.
#pragma once

#include <CLI/App.hpp>
#include <optional>

namespace cspgan {

/// Throws OptionError where an option was given "": a variable that a shell does not know, more often than not.
void require_no_empty_words(const CLI::App& app);

/// Adds --version and parses; the exit code where the program is done (--help, --version). Throws OptionError with
/// CLI11's message, and for empty words.
std::optional<int> parse(CLI::App& app, int argc, char** argv);

}  // namespace cspgan
