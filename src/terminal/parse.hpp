// The command line of a program without recipes.
#pragma once

#include <CLI/App.hpp>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace cspgan {

/// Throws OptionError if an option was given "", which is most often a variable that the shell does not know, or if one
/// that takes an integer was given anything but decimal digits within 64 bits: CLI11 takes 010 for 8, and brings larger
/// numbers into range without a word.
void check_words(const CLI::App& app);

/// An option that has another name now.
struct RenamedOption {
  std::string_view before, now;
};

/// Adds --version and parses; the exit code if the program is done (--help, --version). Throws OptionError with CLI11's
/// message, for empty words, and for an option's old name with the new one.
std::optional<int> parse(CLI::App& app, int argc, char** argv, std::initializer_list<RenamedOption> renamed = {});

}  // namespace cspgan
