// Describing a run, and comparing two descriptions.
#include "programs/run_description.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <torch/version.h>

#include <algorithm>
#include <ctime>
#include <vector>

#include "cspgan/core/differences.hpp"
#include "cspgan/nn/module_tools.hpp"
#include "cspgan/recipes/recipe.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/version.hpp"

namespace cspgan {

Value describe_run(const TrainingProgram& program, const CommandLine& line, const AnyTrainer& trainer,
                   const AnyImageSource& data) {
  const std::time_t now = std::time(nullptr);
  Value run{Value::Object{}};
  run.set("name", line.recipe.name);
  run.set("program", program.name);
  run.set("version", version);
  run.set("libtorch", TORCH_VERSION);
  run.set("command", line.command);
  run.set("started", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now)));
  run.set("seed", to_value(line.recipe.seed));
  run.set("device", trainer.device().str());
  run.set("data",
          Value::Object{{"path", line.recipe.data}, {"fingerprint", data.fingerprint()}, {"images", data.size()}});
  run.set("parameters", Value::Object{{"generator", parameter_count(*trainer.generator())},
                                      {"discriminator", parameter_count(*trainer.discriminator())}});
  run.set("generator", to_value(trainer.generator()->options));
  run.set("discriminator", to_value(trainer.discriminator()->options));
  run.set("recipe", to_value(line.recipe));
  run.set("differs_from", line.differs_from);
  return run;
}

namespace {

/// The options whose change between two runs changes the result; its place and length are left out.
std::vector<std::string> changed_options(const Value& before, const Value& now) {
  static const std::vector<std::string> harmless{
      "name",      "summary", "parent", "data",    "out",         "kimg",   "epochs",     "steps",
      "log_every", "threads", "resume", "samples", "checkpoints", "device", "evaluation", "measure_attributes"};
  std::vector<std::string> changed;
  for (const auto& [option, old_value, new_value] : differences(before, now)) {
    if (std::ranges::find(harmless, option.substr(0, option.find('.'))) != harmless.end()) continue;
    changed.push_back(fmt::format("{} ({} -> {})", option, to_json(old_value), to_json(new_value)));
  }
  return changed;
}

}  // namespace

void warn_of_changes(const TrainingProgram& program, const Value& before, const Value& now) {
  if (const Value* const recipe = before.find("recipe")) {
    Value all_before;  // complete, as now.at("recipe") is; older runs wrote only what was not a preset's
    try {
      all_before = to_value(from_value<Recipe>(*recipe, ""));
    } catch (const OptionError& error) {
      print_warning(program.name, fmt::format("cannot tell which options have changed since this run was started: {}",
                                              error.what()));
      all_before = now.at("recipe");
    }
    std::vector<std::string> changed = changed_options(all_before, now.at("recipe"));
    const Value& training = now.at("recipe").at("training");
    for (const char* schedule : {"generator_schedule", "discriminator_schedule"}) {
      const std::string& kind = training.at(schedule).at("name").string();
      if (kind != LinearDecay::name && kind != CosineDecay::name)
        continue;  // the others do not ask how long the run is
      for (const char* length : {"kimg", "epochs", "steps"}) {
        if (!(all_before.at(length) == now.at("recipe").at(length)))
          changed.push_back(fmt::format("length, which changes its {}", schedule));
      }
    }
    for (const std::string& change : changed) print_warning(program.name, "this run continues with another " + change);
  }
  const Value* const data = before.find("data");
  const Value* const fingerprint = data == nullptr ? nullptr : data->find("fingerprint");
  const Value& fingerprint_now = now.at("data").at("fingerprint");
  if (fingerprint != nullptr && !(*fingerprint == fingerprint_now))
    print_warning(program.name, fmt::format("these seem not to be the images that the run was started with: their "
                                            "fingerprint is {}, not {}",
                                            to_json(fingerprint_now), to_json(*fingerprint)));
}

}  // namespace cspgan
