// The command line of a program without recipes.
#pragma once

#include <CLI/App.hpp>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace cspgan {

/// Throws OptionError if an option was given "": a variable that a shell does not know, more often than not.
void require_no_empty_words(const CLI::App& app);

/// An option that has another name now.
struct RenamedOption {
  std::string_view before, now;
};

/// Adds --version and parses; the exit code if the program is done (--help, --version). Throws OptionError with CLI11's
/// message, for empty words, and for an option's old name with the new one.
std::optional<int> parse(CLI::App& app, int argc, char** argv, std::initializer_list<RenamedOption> renamed = {});

}  // namespace cspgan
