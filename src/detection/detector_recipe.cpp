// A detector's options, and what its run.json says.
#include "cspgan/detection/detector_recipe.hpp"

#include <ATen/Parallel.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <torch/version.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "core/checks.hpp"
#include "core/lookup.hpp"
#include "cspgan/core/differences.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/detection/f_anogan.hpp"
#include "cspgan/nn/module_tools.hpp"
#include "cspgan/version.hpp"

namespace cspgan {

void DetectorRecipe::validate() const {
  pictures.validate();
  score.validate();
  threshold.validate();
  checkpoints.validate();
  detail::require_positive(kimg, "kimg");
  detail::require_at_least(batch_size, 0, "batch_size");
  detail::require_at_least(log_every, 1, "log_every");
  detail::require_from_to(threads, 0, 4096, "threads");
  detail::require(samples_every_kimg >= 0.001, "samples_every_kimg", "at least 0.001", samples_every_kimg);
}

AnyReconstructionModel make_model(const DetectorRecipe& recipe, std::int64_t classes) {
  Value table = recipe.model;
  if (table.is_string()) table = Value::Object{{"name", recipe.model.string()}};
  if (!table.is_object()) throw OptionError("model must be a name or a table with a name");
  table.set("shape", to_value(PictureShape{
                         .height = recipe.pictures.height, .width = recipe.pictures.width, .classes = classes}));
  AnyReconstructionModel model = make_reconstruction_model(table, recipe.seed);
  return classes > 0 && !model->uses_classes() ? make_model(recipe, 0) : model;
}

AnyReconstructionModel make_model_of_gan(DetectorRecipe& recipe, std::int64_t classes, const Checkpoint& gan) {
  const FAnoGanOptions networks = f_anogan_options(gan);
  recipe.model.set("generator", to_value(networks.generator));
  recipe.model.set("discriminator", to_value(networks.discriminator));
  AnyReconstructionModel model = make_model(recipe, classes);
  dynamic_cast<FAnoGanImpl&>(*model).take_gan(gan);
  return model;
}

ModelTrainer make_model_trainer(const DetectorRecipe& recipe, AnyReconstructionModel model) {
  ModelTrainerOptions options = recipe.training;
  options.seed = recipe.seed;
  options.device = recipe.device;
  return ModelTrainer(std::move(model), options);
}

Value describe_detector_run(const DetectorRecipe& recipe, const ModelTrainer& trainer, const InspectionData& data) {
  const std::time_t now = std::time(nullptr);
  std::int64_t trained = 0;
  for (const Tensor& weight : trainer.model()->parameters()) trained += weight.requires_grad() ? weight.numel() : 0;
  Value run{Value::Object{}};
  run.set("name", trainer.model()->describe().at("name"));
  run.set("version", version);
  run.set("libtorch", TORCH_VERSION);
  run.set("started", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now)));
  run.set("seed", to_value(recipe.seed));
  run.set("device", trainer.device().str());
  run.set("threads", at::get_num_threads());
  run.set("data",
          Value::Object{{"path", recipe.data}, {"fingerprint", data.fingerprint}, {"images", data.training.size()}});
  run.set("parameters", Value::Object{{"model", trained}});
  run.set("model", trainer.model()->describe());
  run.set("recipe", to_value(recipe));
  return run;
}

std::vector<std::string> option_changes_of_detector_run(const Value& before, const Value& now) {
  static constexpr std::array harmless{"data",   "out",     "score",       "threshold",         "log_every",
                                       "device", "threads", "checkpoints", "samples_every_kimg"};
  std::vector<std::string> sentences;
  const Value* const recipe = before.find("recipe");
  if (recipe == nullptr) return sentences;
  for (const Difference& found : differences(*recipe, now.at("recipe"))) {
    const std::string& option = found.option;
    const auto is = [&](const std::string& known) { return option == known || option.starts_with(known + "."); };
    if (std::ranges::none_of(harmless, is))
      sentences.push_back(fmt::format("this run continues with another {} ({} -> {})", option, to_json(found.before),
                                      to_json(found.after)));
  }
  const auto had = detail::text_at(before, {"gan"}), given = detail::text_at(now, {"gan"});
  if (had && given && *had != *given)
    sentences.push_back(
        fmt::format("this run continues with the networks of the GAN that it began with ({}), and not of "
                    "the one that is given ({})",
                    *had, *given));
  return sentences;
}

std::vector<std::string> changes_of_detector_run(const Value& before, const Value& now) {
  std::vector<std::string> sentences = option_changes_of_detector_run(before, now);
  if (std::string sentence = change_of_threads(before, now); !sentence.empty())
    sentences.push_back(std::move(sentence));
  if (const Value* const data = before.find("data");
      data != nullptr && !(data->at("fingerprint") == now.at("data").at("fingerprint")))
    sentences.emplace_back("these seem not to be the pictures that the run was started with");
  return sentences;
}

std::string describe_detector_options() {
  std::string text = "options (--set OPTION=VALUE)\n";
  const auto add = [&](const std::vector<FieldHelp>& fields, const std::string& before) {
    for (const FieldHelp& field : fields) {
      std::string words;
      for (const std::string& word : field.words) words += (words.empty() ? "; one of " : ", ") + word;
      text += fmt::format("  {}{} = {}\n      {}{}\n", before, field.name,
                          field.default_value.is_null() ? "none" : to_json(field.default_value), field.help, words);
    }
  };
  add(field_help<DetectorRecipe>(), "");
  for (const auto& model : reconstruction_models().entries()) {
    text += fmt::format("\nmodel {}: {}\n", model.name, model.summary);
    std::vector<FieldHelp> own;
    for (const FieldHelp& field : model.fields)
      if (!field.name.starts_with("shape.")) own.push_back(field);
    add(own, "model.");
  }
  const auto add_kinds = [&](std::string_view what, const auto& registry) {
    for (const auto& kind : registry.entries()) {
      text += fmt::format("\n{} {}: {}\n", what, kind.name, kind.summary);
      add(kind.fields, fmt::format("training.{}.", what));
    }
  };
  add_kinds("optimizer", optimizers());
  add_kinds("schedule", schedules());
  return text;
}

}  // namespace cspgan
