// From argv to a resolved recipe.
#include "programs/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>

#include "cspgan/core/files.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/version.hpp"
#include "programs/run_length.hpp"
#include "terminal/parse.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

/// Command-line options that stand for a member of the recipe's table.
class RecipeOptions {
 public:
  explicit RecipeOptions(CLI::App& app) : app_(app) {
    for (const RecipeOption& option : recipe_options()) help_.emplace(option.path, option.help);
  }

  /// `key`: the option's path in the recipe, whose help is taken if none is given.
  template <class T>
  CLI::Option* add(const std::string& flag, const std::string& key, std::string help = {}) {
    if (help.empty()) help = help_.at(key);
    return app_
        .add_option_function<T>(
            flag,
            [this, key](const T& value) {
              const std::size_t dot = key.find('.');
              if (dot == std::string::npos)
                table_.set(key, to_value(value));
              else
                table_[key.substr(0, dot)].set(key.substr(dot + 1), to_value(value));
            },
            help)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }

  const Value& table() const { return table_; }

 private:
  CLI::App& app_;
  std::map<std::string, std::string> help_;
  Value table_{Value::Object{}};
};

/// Where a run goes if nobody says it. Throws OptionError if the name would lead elsewhere.
std::string default_out(const std::string& name) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos)
    throw OptionError(fmt::format("name is '{}', which cannot be a folder in 'runs/'; say where the run goes: --out",
                                  one_line(name)));
  return "runs/" + name;
}

}  // namespace

std::optional<CommandLine> parse_command_line(const TrainingProgram& program, int argc, char** argv) {
  CommandLine line;
  line.command = shell_text(argc, argv);
  CLI::App app(program.summary, program.name);
  RecipeOptions options(app);
  std::string recipe_name = program.default_recipe;
  std::vector<std::string> settings;
  std::string resume, time;

  if (!program.data_help.empty()) options.add<std::string>("--data", "data", program.data_help);
  options.add<std::string>("--out", "out");
  options.add<std::string>("--where", "source.where");
  options.add<std::string>("--crop", "source.crop");
  app.add_option("--recipe", recipe_name, "name of a built-in recipe, or path of a TOML file")->capture_default_str();
  options.add<std::int64_t>("--image-size", "image_size");
  options.add<std::int64_t>("--batch-size", "batch_size");
  auto* const kimg = options.add<double>("--kimg", "kimg");
  auto* const epochs = options.add<double>("--epochs", "epochs", "length of the run in passes over the data, > 0");
  auto* const steps = options.add<std::int64_t>("--steps", "steps", "length of the run in steps, >= 1");
  kimg->excludes(epochs)->excludes(steps);
  epochs->excludes(steps);
  app.add_option(
         "--time", time,
         "length of the whole run as a time, such as 4h or 1h30m, without evaluations: the speed of the first "
         "steps says how many images that is, and run.json keeps the number; a branch (--resume FILE) adds them to "
         "those that it begins with")
      ->excludes(kimg)
      ->excludes(epochs)
      ->excludes(steps);
  options.add<std::int64_t>("--seed", "seed");
  options.add<std::string>("--device", "device");
  options.add<int>("--threads", "threads");
  app.add_option(
         "--resume", resume,
         "auto (default): resume if the folder holds a checkpoint, else start; never: refuse a folder that holds a "
         "run; must, or no word: refuse to start a new run; or the path of a checkpoint to branch from; the same "
         "command again goes on with that branch")
      ->expected(0, 1);
  app.add_option("--set", settings,
                 "set any option of the recipe, such as policies.r1.gamma=0.5; --describe lists them; can be repeated")
      ->type_name("OPTION=VALUE");
  options.add<std::string>("--init", "init");
  options.add<std::string>("--on-nonfinite", "on_nonfinite");
  options.add<double>("--evaluate-every", "evaluation.every_kimg");
  options.add<std::string>("--features", "evaluation.features");
  app.add_flag("--profile", line.profile, "at the end, print how long each part of a step took");
  app.add_flag("--print-recipe", line.print_recipe, "print the recipe with all of its options, and stop");
  app.add_flag("--list-recipes", line.list_recipes, "list the built-in recipes, and stop");
  app.add_flag("--describe", line.describe,
               "describe every option of a recipe, and every loss, policy, optimizer and schedule, and stop");
  app.footer("A recipe file can set all of these options, too; the command line overrides it.");

  if (parse(app, argc, argv)) return std::nullopt;

  if (!time.empty()) line.seconds = parse_duration(time);
  if (line.seconds && line.print_recipe)
    throw OptionError("--print-recipe trains nothing, so it cannot say how many images --time is");
  line.source = find_recipe(recipe_name);
  Value table = line.source.table;
  merge_tables(table, options.table());
  if (app.count("--resume") > 0) table.set("resume", resume.empty() ? "must" : resume);
  for (const std::string& setting : settings) {
    const std::string option = setting.substr(0, setting.find('='));
    if (line.seconds && (option == "kimg" || option == "epochs" || option == "steps"))
      throw OptionError(fmt::format("--time and --set {} are two lengths; give one", option));
    set_option_word(table, setting, to_value(Recipe{}));
  }
  line.recipe = from_value<Recipe>(table, "");
  for (std::string* const path :
       {&line.recipe.data, &line.recipe.out, &line.recipe.resume, &line.recipe.init, &line.recipe.evaluation.features})
    *path = with_home(*path);
  line.differs_from = describe_origins(line.source, line.recipe);
  if (line.recipe.out.empty()) line.recipe.out = default_out(line.recipe.name);
  return line;
}

}  // namespace cspgan
