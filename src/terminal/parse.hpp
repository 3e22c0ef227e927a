// Parses the command line of a program without recipes.
#pragma once

#include <CLI/App.hpp>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace cspgan {

/// Throws OptionError if the value of an option is empty, which mostly comes from an unset variable of the shell, or if
/// that of an integer is anything but decimal digits within 64 bits: CLI11 takes 010 for 8, and brings larger numbers
/// into range without a word.
void check_words(const CLI::App& app);

/// app.parse, for which the ~ of "--out=~/x" is the home folder, as shells make of "--out ~/x".
void parse_words(CLI::App& app, int argc, char** argv);

/// An option that was renamed.
struct RenamedOption {
  std::string_view before, now;
};

/// Adds --version and parses. Returns the exit code if the program has nothing left to do (--help, --version). Throws
/// OptionError with CLI11's message, for empty values, and, with the new name, for an option's old name.
std::optional<int> parse(CLI::App& app, int argc, char** argv, std::initializer_list<RenamedOption> renamed = {});

}  // namespace cspgan
