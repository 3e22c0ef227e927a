// Describing a run, and comparing two descriptions.
#include "cspgan/recipes/run_description.hpp"

#include <ATen/Parallel.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <torch/version.h>

#include <algorithm>
#include <ctime>
#include <string_view>

#include "core/lookup.hpp"
#include "cspgan/core/differences.hpp"
#include "cspgan/nn/module_tools.hpp"
#include "cspgan/version.hpp"

namespace cspgan {

Value describe_run(const Recipe& recipe, const AnyTrainer& trainer, const AnyImageSource& data) {
  const std::time_t now = std::time(nullptr);
  Value run{Value::Object{}};
  run.set("name", recipe.name);
  run.set("version", version);
  run.set("libtorch", TORCH_VERSION);
  run.set("started", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now)));
  run.set("seed", to_value(recipe.seed));
  run.set("device", trainer.device().str());
  run.set("threads", at::get_num_threads());
  run.set("data", Value::Object{{"path", recipe.data}, {"fingerprint", data.fingerprint()}, {"images", data.size()}});
  run.set("parameters", Value::Object{{"generator", parameter_count(*trainer.generator())},
                                      {"discriminator", parameter_count(*trainer.discriminator())}});
  run.set("generator", to_value(trainer.generator()->options));
  run.set("discriminator", to_value(trainer.discriminator()->options));
  run.set("recipe", to_value(recipe));
  return run;
}

namespace {

/// The options whose change between two runs changes the result; its place and length are left out.
std::vector<std::string> changed_options(const Value& before, const Value& now) {
  static const std::vector<std::string> harmless{"name",
                                                 "summary",
                                                 "parent",
                                                 "data",
                                                 "out",
                                                 "kimg",
                                                 "epochs",
                                                 "steps",
                                                 "log_every",
                                                 "threads",
                                                 "resume",
                                                 "init",
                                                 "on_nonfinite",
                                                 "rollbacks",
                                                 "samples",
                                                 "checkpoints",
                                                 "device",
                                                 "evaluation",
                                                 "measure_attributes",
                                                 "loader.workers",
                                                 "loader.prefetch",
                                                 "loader.cache_mebibytes"};
  std::vector<std::string> changed;
  for (const Difference& found : differences(before, now)) {
    const std::string& option = found.option;
    const auto is = [&](const std::string& known) { return known == option || option.starts_with(known + "."); };
    if (std::ranges::any_of(harmless, is)) continue;
    changed.push_back(fmt::format("{} ({} -> {})", option, to_json(found.before), to_json(found.after)));
  }
  return changed;
}

/// What is to be said of the data, or "".
std::string change_of_data(const Value& before, const Value& now) {
  const std::string old_print = detail::text_at(before, {"data", "fingerprint"}).value_or("");
  const std::string& new_print = now.at("data").at("fingerprint").string();
  if (old_print.empty() || old_print == new_print) return "";
  const auto method_of = [](const std::string& print) { return print.substr(0, print.find(':') + 1); };
  if (method_of(old_print) != method_of(new_print))
    return fmt::format(
        "cannot tell whether these are the images that the run was started with: it took their fingerprint "
        "({}) in another way than this version does ({})",
        old_print, new_print);
  return fmt::format("these seem not to be the images that the run was started with: their fingerprint is {}, not {}",
                     new_print, old_print);
}

}  // namespace

std::vector<std::string> option_changes_of_run(const Value& before, const Value& now) {
  std::vector<std::string> sentences;
  if (const Value* const recipe = before.find("recipe")) {
    Value all_before;  // complete, as now.at("recipe") is; older runs wrote only what was not a preset's
    try {
      all_before = to_value(from_value<Recipe>(with_present_names(*recipe), ""));
    } catch (const OptionError& error) {
      sentences.push_back(
          fmt::format("cannot tell which options have changed since this run was started: {}", error.what()));
      all_before = now.at("recipe");
    }
    std::vector<std::string> changed = changed_options(all_before, now.at("recipe"));
    const Value& training = now.at("recipe").at("training");
    for (const char* schedule : {"generator_schedule", "discriminator_schedule"}) {
      const std::string& kind = training.at(schedule).at("name").string();
      if (kind != LinearDecay::name && kind != CosineDecay::name)
        continue;  // the others do not ask how long the run is
      for (const char* length : {"kimg", "epochs", "steps"}) {
        if (all_before.at(length) == now.at("recipe").at(length)) continue;
        changed.push_back(fmt::format("length, which changes its {}", schedule));
        break;
      }
    }
    for (const std::string& change : changed) sentences.push_back("this run continues with another " + change);
  }
  return sentences;
}

std::vector<std::string> changes_of_run(const Value& before, const Value& now) {
  std::vector<std::string> sentences = option_changes_of_run(before, now);
  const auto kind_of = [](const Value& run) {
    const std::string device = detail::text_at(run, {"device"}).value_or("");
    return device.substr(0, device.find(':'));
  };
  if (!kind_of(before).empty() && kind_of(before) != kind_of(now))
    sentences.push_back(fmt::format("this run continues on {} and was on {}: it is not the run that it would have been",
                                    kind_of(now), kind_of(before)));
  if (std::string sentence = change_of_threads(before, now); !sentence.empty() && kind_of(now) == "cpu")
    sentences.push_back(std::move(sentence));
  if (std::string sentence = change_of_data(before, now); !sentence.empty()) sentences.push_back(std::move(sentence));
  return sentences;
}

}  // namespace cspgan
