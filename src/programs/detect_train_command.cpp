// From argv to a detector's recipe.
#include "programs/detect_train_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <vector>

#include "cspgan/core/files.hpp"
#include "cspgan/detection/f_anogan.hpp"
#include "cspgan/recipes/recipe.hpp"
#include "terminal/parse.hpp"
#include "terminal/print.hpp"

namespace cspgan {

std::optional<DetectTrainCommand> parse_detect_train(int argc, char** argv) {
  const Value defaults = to_value(DetectorRecipe{});
  DetectTrainCommand command;
  DetectorRecipe& recipe = command.recipe;
  std::optional<std::string> model;
  std::vector<std::string> settings;
  bool describe = false;
  CLI::App app("Trains a detector on pictures of good things, chooses its threshold, and tests it.",
               std::string(detect_train_name));
  app.add_option("--data", recipe.data,
                 "a folder or an archive with good/ and, optionally, bad/ in it, or in MVTec AD's layout; wells: "
                 "drawn pictures of cups")
      ->capture_default_str();
  app.add_option("--out", recipe.out, "folder of the run")->capture_default_str();
  app.add_option("--model", model,
                 fmt::format("{} (default: convolutional)", fmt::join(reconstruction_models().names(), ", ")));
  app.add_option("--gan", command.gan, "for f_anogan: a GAN's run, or a checkpoint of it, trained on good pictures");
  app.add_option("--height", recipe.pictures.height,
                 "height of the pictures in pixels (default: that of the first good one, scaled to 64 pixels at most)");
  app.add_option("--width", recipe.pictures.width, "width of the pictures in pixels, if a height is given");
  app.add_option("--kimg", recipe.kimg, "length of the training in thousands of pictures")->capture_default_str();
  app.add_option("--batch-size", recipe.batch_size, "pictures per step (default: 64, or all if there are fewer)");
  app.add_option("--seed", recipe.seed, "seed of all random numbers")->capture_default_str();
  app.add_option("--device", recipe.device, "auto, cpu, cuda or cuda:<index>")->capture_default_str();
  app.add_option("--threads", recipe.threads, "CPU threads; 0 is LibTorch's choice");
  app.add_option(
         "--resume", command.resume,
         "auto: go on if the folder holds a checkpoint; never: refuse such a folder; must: refuse another; or the "
         "path of a checkpoint to branch from; the same command again goes on with that branch")
      ->capture_default_str();
  app.add_option("--set", settings,
                 "set any option, such as threshold.rule=bad_mean or model.latent_channels=8; can be repeated")
      ->type_name("OPTION=VALUE");
  app.add_flag("--describe", describe, "describe every option, those of the models too, and stop");
  if (parse(app, argc, argv)) return std::nullopt;
  if (describe) {
    say(stdout, "{}", describe_detector_options());
    return std::nullopt;
  }
  if (model) recipe.model = Value::Object{{"name", *model}};
  if (!command.gan.empty() && !model) recipe.model = Value::Object{{"name", FAnoGanOptions::name}};
  Value table = to_value(recipe);
  for (const std::string& setting : settings) set_option_word(table, setting, defaults);
  if (const Value& named = table.at("model"); named.is_string()) table.set("model", Value::Object{{"name", named}});
  recipe = from_value<DetectorRecipe>(table, "");
  recipe.data = with_home(recipe.data);
  recipe.out = with_home(recipe.out);
  const Value* const name = recipe.model.find("name");
  const bool is_of_gan = name != nullptr && *name == Value(FAnoGanOptions::name);
  if (command.gan.empty() && is_of_gan) throw OptionError("the model f_anogan needs a trained GAN: --gan RUN");
  if (!command.gan.empty() && !is_of_gan) throw OptionError("--gan is for the model f_anogan alone");
  command.gan = with_home(command.gan);
  command.resume = with_home(command.resume);
  return command;
}

}  // namespace cspgan
