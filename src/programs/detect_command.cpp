// From argv to what `detect` is to do.
#include "programs/detect_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cspgan/core/options.hpp"
#include "cspgan/recipes/recipe.hpp"
#include "terminal/parse.hpp"

namespace cspgan {

void DetectCommand::require_useful(bool labeled, bool has_classes) const {
  if (!labeled && (is_anew() || !settings.empty()))
    throw OptionError(
        fmt::format("'{}' has no good/ folder, so there is nothing to choose a threshold by: leave --threshold-rule, "
                    "--threshold-value, --score and --set",
                    data));
  if (!save.empty() && !is_anew())
    throw OptionError("--save is for a new threshold or score: --threshold-rule, --threshold-value or --score");
  if (!class_name.empty() && (labeled || !has_classes))
    throw OptionError(labeled ? "--class is for pictures without good/ and bad/, whose folders say it"
                              : "--class: the detector knows no classes");
}

DetectorRecipe recipe_of(const DetectCommand& command, const Checkpoint& file) {
  const Value* const recipe = file.run.find("recipe");
  Value table = recipe == nullptr ? to_value(DetectorRecipe{}) : *recipe;
  for (const std::string& setting : command.settings) {
    if (!setting.starts_with("pictures."))
      throw OptionError(fmt::format(
          "--set takes options of the pictures here, such as pictures.known_bad_share=0.3, not '{}'", setting));
    set_option_word(table, setting, to_value(DetectorRecipe{}));
  }
  return from_value<DetectorRecipe>(table, "");
}

std::optional<DetectCommand> parse_detect(int argc, char** argv) {
  DetectCommand command;
  CLI::App app("Scores pictures with a detector: how unlike the good ones each is, and where.",
               std::string(detect_name));
  app.add_option("--detector", command.detector, "a detector's file, or the folder of its run")->required();
  app.add_option("--data", command.data,
                 "pictures: a folder with good/ and bad/ in it tests the detector; of any other folder, archive or "
                 "list all pictures are scored (default: the data of the training)");
  app.add_option("--out", command.out, "folder for the report, the scores and the heat maps")->capture_default_str();
  app.add_option("--threshold-rule", command.rule,
                 "choose the threshold anew: bad_max_share, bad_mean, good_quantile or true_negative_rate");
  app.add_option("--threshold-value", command.value,
                 "the rule's share, quantile or rate (default: 0.56 for bad_max_share, else 0.99)");
  app.add_option("--save", command.save, "file for the detector with its new threshold or score");
  app.add_option("--score", command.score, "score in another way: mse or worst_patch");
  app.add_option(
         "--set", command.settings,
         "set an option of the pictures, such as pictures.wells_difficulty=2, if --data has good/; can be repeated")
      ->type_name("OPTION=VALUE");
  app.add_option("--heat", command.heat,
                 "heat maps to write of each kind: misses, false alarms, finds; or of the highest scores")
      ->capture_default_str();
  app.add_option("--class", command.class_name, "class of the pictures, if the detector knows classes");
  app.add_option("--device", command.device, "auto, cpu, cuda or cuda:<index>")->capture_default_str();
  app.add_option("--threads", command.threads, "CPU threads; 0 is LibTorch's choice");
  if (parse(app, argc, argv)) return std::nullopt;
  return command;
}

}  // namespace cspgan
