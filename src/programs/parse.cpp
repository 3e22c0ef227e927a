// Parsing by CLI11.
#include "parse.hpp"

#include <CLI/CLI.hpp>
#include <string>

#include "cspgan/core/options.hpp"
#include "cspgan/version.hpp"

namespace cspgan {

std::optional<int> parse(CLI::App& app, int argc, char** argv) {
  app.set_version_flag("--version", std::string(version));
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    throw OptionError(error.what());
  }
  return std::nullopt;
}

}  // namespace cspgan
