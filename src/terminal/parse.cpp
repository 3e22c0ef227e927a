// Parsing by CLI11.
#include "terminal/parse.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/files.hpp"
#include "cspgan/core/options.hpp"
#include "cspgan/version.hpp"

namespace cspgan {

namespace {

bool is_plain_integer(std::string_view word) {
  const std::string_view digits = word.substr(word.starts_with('-') ? 1 : 0);
  if (digits.size() > 1 && digits.front() == '0') return false;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  return error == std::errc() && end == word.data() + word.size();
}

/// Throws OptionError if the value of an option is empty, which mostly comes from an unset variable of the shell, or if
/// that of an integer is anything but decimal digits within 64 bits: CLI11 takes 010 for 8, and brings larger numbers
/// into range without a word.
void check_words(const CLI::App& app) {
  for (const CLI::Option* const option : app.get_options())
    for (const std::string& word : option->results()) {
      if (word.empty() && option->get_expected_min() > 0)  // --resume, of celeba_train, may come without a word
        throw OptionError(
            fmt::format("{} is given as an empty word; say what it is, or leave it out", option->get_name()));
      if (const std::string type = option->get_type_name();
          !word.empty() && (type.starts_with("INT") || type.starts_with("UINT")) && !is_plain_integer(word))
        throw OptionError(fmt::format("{} takes an integer in decimal digits, of at most 2^63 - 1, not '{}'",
                                      option->get_name(), word));
    }
}

/// Whether the words hold the option: "--film", or "--weights averaged" with a value, joined by a space or by "=".
bool is_given(std::string_view option, const std::vector<std::string_view>& words) {
  const std::size_t space = option.find(' ');
  const std::string_view name = option.substr(0, space);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t equals = words[i].find('=');
    if (words[i].substr(0, equals) != name) continue;
    if (space == std::string_view::npos) return true;
    const std::string_view next = i + 1 < words.size() ? words[i + 1] : "";
    if (option.substr(space + 1) == (equals == std::string_view::npos ? next : words[i].substr(equals + 1)))
      return true;
  }
  return false;
}

/// CLI11's message for an option that does not exist, with the nearest one that does.
std::string with_suggestion(const CLI::App& app, const CLI::ExtrasError& error,
                            const std::vector<std::string>& unknown) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options()) flags.push_back(option->get_name());
  for (const std::string& word : unknown) {
    if (!word.starts_with("-")) continue;
    const std::string best = closest_match(word.substr(0, word.find('=')), flags);
    return fmt::format("there is no option '{}'{}", word,
                       best.empty() ? "; see --help" : fmt::format("; did you mean '{}'?", best));
  }
  return error.what();
}

/// app.parse, for which the ~ of "--out=~/x" and of "--out '~/x'" is the home folder, as shells make of "--out ~/x".
void parse_words(CLI::App& app, int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  for (std::string& word : words)
    if (word.starts_with('~'))
      word = with_home(word);
    else if (const std::size_t equals = word.find("=~"); word.starts_with("--") && equals != std::string::npos)
      word = word.substr(0, equals + 1) + with_home(std::string_view(word).substr(equals + 1));
  std::ranges::reverse(words);  // CLI11 takes them from the end
  app.parse(std::move(words));
}

}  // namespace

std::optional<int> parse(CLI::App& app, int argc, char** argv, std::initializer_list<RenamedOption> renamed) {
  for (const RenamedOption& option : renamed)
    if (is_given(option.before, {argv + 1, argv + argc}))
      throw OptionError(fmt::format("the option {} is now called {}", option.before, option.now));
  app.set_version_flag("--version", fmt::format("{} (cspgan {})", app.get_name(), version));
  app.allow_extras();
  try {
    parse_words(app, argc, argv);
    if (!app.remaining().empty()) throw CLI::ExtrasError(app.remaining());
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ExtrasError& error) {
    throw OptionError(with_suggestion(app, error, app.remaining()));
  } catch (const CLI::ParseError& error) {
    throw OptionError(error.what());
  }
  check_words(app);
  return std::nullopt;
}

}  // namespace cspgan
