// Parsing by CLI11.
#include "terminal/parse.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

#include "cspgan/core/options.hpp"
#include "cspgan/version.hpp"

namespace cspgan {

void require_no_empty_words(const CLI::App& app) {
  for (const CLI::Option* const option : app.get_options())
    for (const std::string& word : option->results())
      if (word.empty() && option->get_expected_min() > 0)  // --resume, of celeba_train, may come without a word
        throw OptionError(
            fmt::format("{} is given as an empty word; say what it is, or leave it out", option->get_name()));
}

std::optional<int> parse(CLI::App& app, int argc, char** argv, std::initializer_list<RenamedOption> renamed) {
  for (int i = 1; i < argc; ++i)
    for (const RenamedOption& option : renamed)
      if (const std::string_view word = argv[i]; word.substr(0, word.find('=')) == option.before)
        throw OptionError(fmt::format("the option {} is now called {}", option.before, option.now));
  app.set_version_flag("--version", std::string(version));
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    throw OptionError(error.what());
  }
  require_no_empty_words(app);
  return std::nullopt;
}

}  // namespace cspgan
