// From argv to a resolved recipe.
#include "programs/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cspgan/terminal/program.hpp"
#include "cspgan/version.hpp"
#include "terminal/parse.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

/// Command-line options that stand for a member of the recipe's table.
class RecipeOptions {
 public:
  RecipeOptions(CLI::App& app) : app_(app) {}

  template <class T>
  CLI::Option* add(const std::string& flag, const std::string& key, const std::string& help) {
    return app_
        .add_option_function<T>(
            flag, [this, key](const T& value) { table_.set(key, to_value(value)); }, help)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }

  const Value& table() const { return table_; }

 private:
  CLI::App& app_;
  Value table_{Value::Object{}};
};

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

}  // namespace

std::optional<CommandLine> parse_command_line(const TrainingProgram& program, int argc, char** argv) {
  CommandLine line;
  line.command = shell_text(argc, argv);
  CLI::App app(program.summary, program.name);
  app.set_version_flag("--version", std::string(version));
  RecipeOptions options(app);
  std::string recipe_name = program.default_recipe;
  std::vector<std::string> settings;
  std::string resume;
  Value evaluation{Value::Object{}};

  if (!program.data_help.empty()) options.add<std::string>("--data", "data", program.data_help);
  options.add<std::string>("--out", "out", "the run's folder (default: runs/<recipe>)");
  app.add_option("--recipe", recipe_name, "a built-in recipe or a TOML file")->capture_default_str();
  options.add<std::int64_t>("--image-size", "image_size", "pixels a side: 32, 64, 128 or 256");
  options.add<std::int64_t>("--batch-size", "batch_size", "images a step");
  auto* const kimg = options.add<double>("--kimg", "kimg", "length of the run in thousands of images");
  auto* const epochs = options.add<double>("--epochs", "epochs", "length in passes over the data");
  auto* const steps = options.add<std::int64_t>("--steps", "steps", "length in steps");
  kimg->excludes(epochs)->excludes(steps);
  epochs->excludes(steps);
  options.add<std::int64_t>("--seed", "seed", "of everything random");
  options.add<std::string>("--device", "device", "auto, cpu, cuda or cuda:<index>");
  options.add<int>("--threads", "threads", "CPU threads; 0 is LibTorch's choice");
  app.add_option("--resume", resume,
                 "auto: continue where there is a checkpoint, else start; never: refuse to touch a run; must (or no "
                 "word): refuse to start anew; or a checkpoint's FILE")
      ->expected(0, 1);
  app.add_option("--set", settings, "KEY=VALUE: any option of the recipe, e.g. --set policies.r1.gamma=0.5")
      ->type_name("KEY=VALUE");
  app.add_option_function<double>(
      "--evaluate-every", [&](double every) { evaluation.set("every_kimg", every); },
      "figures about the generator each KIMG thousand images; `--set evaluation.count=2000` and others: see a recipe");
  app.add_option_function<std::string>(
      "--features", [&](const std::string& features) { evaluation.set("features", features); },
      "of what these figures are taken: builtin, or a TorchScript network such as inception-2015-12-05.pt");
  app.add_flag("--profile", line.profile, "at the end, print where the time of a step went");
  app.add_flag("--print-recipe", line.print_recipe, "print the resolved recipe and stop");
  app.add_flag("--list-recipes", line.list_recipes, "list the built-in recipes and stop");
  app.add_flag("--describe", line.describe, "describe every loss, policy, optimizer and schedule and stop");
  app.footer("Every option can stand in a recipe file too; the command line wins.");

  app.allow_extras();
  try {
    app.parse(argc, argv);
    if (!app.remaining().empty()) throw CLI::ExtrasError(app.remaining());
  } catch (const CLI::CallForHelp&) {
    say(stdout, "{}", app.help());
    return std::nullopt;
  } catch (const CLI::CallForVersion&) {
    say(stdout, "{} (cspgan {})\n", program.name, version);
    return std::nullopt;
  } catch (const CLI::ExtrasError& error) {
    throw OptionError(with_suggestion(app, error, app.remaining()));
  } catch (const CLI::ParseError& error) {
    throw OptionError(error.what());
  }
  require_no_empty_words(app);

  Value table = find_recipe(recipe_name).table;
  merge(table, options.table());
  if (!evaluation.object().empty()) merge(table, Value(Value::Object{{"evaluation", evaluation}}));
  if (app.count("--resume") > 0) table.set("resume", resume.empty() ? "must" : resume);
  for (const std::string& setting : settings) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0)
      throw OptionError(fmt::format("--set takes KEY=VALUE, not '{}'", setting));
    set_option(table, setting.substr(0, equals), setting.substr(equals + 1));
  }
  line.recipe = from_value<Recipe>(table, "");
  line.differs_from = describe_origins(recipe_name, line.recipe);
  if (line.recipe.out.empty()) line.recipe.out = "runs/" + line.recipe.name;
  return line;
}

}  // namespace cspgan
