// The training program: from a command line to a trained generator in a run's folder.
#include "cspgan/programs/training_program.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/version.h>

#include <ctime>

#include "programs/command_line.hpp"
#include "cspgan/core/device.hpp"
#include "cspgan/core/differences.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/data/loader.hpp"
#include "cspgan/nn/module_tools.hpp"
#include "cspgan/policies/policies.hpp"
#include "cspgan/evaluation/attribute_report.hpp"
#include "cspgan/evaluation/evaluation_observer.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/terminal/progress.hpp"
#include "cspgan/programs/run_pictures.hpp"
#include "cspgan/report/curves.hpp"
#include "cspgan/report/html_report.hpp"
#include "cspgan/training/any_trainer.hpp"
#include "cspgan/training/checkpoints.hpp"
#include "cspgan/models/load_generator.hpp"
#include "cspgan/training/profile.hpp"
#include "cspgan/runs/run_observers.hpp"
#include "cspgan/version.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

void list_recipes(const TrainingProgram& program) {
  for (const RecipeSource& source : builtin_recipes()) {
    const Value* const summary = source.table.find("summary");
    say(stdout, "{:<14} {}{}\n", source.name, summary == nullptr ? "" : summary->string(),
        source.name == program.default_recipe ? " (default)" : "");
  }
}

/// What run.json says; it also stands in each checkpoint's metadata, from which `sample` rebuilds the generator.
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

void note_warning(const RunFolder& folder, std::int64_t step, std::string_view kind, std::string_view message) {
  const std::string line = to_json(Value::Object{{"step", step}, {"kind", kind}, {"message", message}}) + "\n";
  if (std::FILE* const file = std::fopen(folder.warnings().c_str(), "a")) {
    std::fwrite(line.data(), 1, line.size(), file);
    std::fclose(file);
  }
  erase_progress();
  say(stderr, "warning: {}\n", one_line(message));
}

/// The checkpoint to go on from, as --resume says, or nothing for a new run.
std::optional<Checkpoint> find_checkpoint(const std::string& resume, const RunFolder& folder) {
  const auto on_damaged = [](const std::string& reason) {
    say(stderr, "warning: {}; trying the one before it\n", reason);
  };
  if (resume != "auto" && resume != "never" && resume != "must") return load_checkpoint(resume);
  if (resume == "never") {
    if (!list_checkpoints(folder.checkpoints()).empty())
      throw OptionError(fmt::format(
          "'{}' already holds a run; choose another --out, or resume it without --resume never", folder.root.string()));
    return std::nullopt;
  }
  auto found = load_latest_checkpoint(folder.checkpoints(), on_damaged);
  if (!found && resume == "must")
    throw OptionError(fmt::format("there is nothing to resume in '{}': it holds no checkpoint", folder.root.string()));
  return found;
}

/// The options whose change between two runs changes the result; where and how long are left out.
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

void warn_of_changes(const Checkpoint& checkpoint, const Value& run) {
  if (const Value* const recipe = checkpoint.run.find("recipe")) {
    Value before;  // complete, as run.at("recipe") is; older runs wrote only what was not a preset's
    try {
      before = to_value(from_value<Recipe>(*recipe, ""));
    } catch (const OptionError& error) {
      say(stderr, "warning: cannot tell which options have changed since this run was started: {}\n",
          one_line(error.what()));
      before = run.at("recipe");
    }
    std::vector<std::string> changed = changed_options(before, run.at("recipe"));
    const Value& training = run.at("recipe").at("training");
    for (const char* schedule : {"generator_schedule", "discriminator_schedule"}) {
      const std::string& kind = training.at(schedule).at("name").string();
      if (kind != LinearDecay::name && kind != CosineDecay::name)
        continue;  // the others do not ask how long the run is
      for (const char* length : {"kimg", "epochs", "steps"}) {
        if (!(before.at(length) == run.at("recipe").at(length)))
          changed.push_back(fmt::format("length, which changes its {}", schedule));
      }
    }
    for (const std::string& change : changed) say(stderr, "warning: this run continues with another {}\n", change);
  }
  const Value* const data = checkpoint.run.find("data");
  const Value* const fingerprint = data == nullptr ? nullptr : data->find("fingerprint");
  const Value& fingerprint_now = run.at("data").at("fingerprint");
  if (fingerprint != nullptr && !(*fingerprint == fingerprint_now))
    say(stderr,
        "warning: these seem not to be the images that the run was started with: their fingerprint is {}, not {}\n",
        to_json(fingerprint_now), to_json(*fingerprint));
}

/// NonFiniteError with the checkpoint that is still good.
[[noreturn]] void explain(const NonFiniteError& error, const RunFolder& folder) {
  const auto files = list_checkpoints(folder.checkpoints());
  throw Error(fmt::format("{}; {}", error.what(),
                          files.empty() ? std::string("there is no checkpoint yet")
                                        : fmt::format("the last good checkpoint is '{}'", files.front().string())));
}

/// What the finished generator covers, printed and written to avatars.json. The run is safe by now: nothing that goes
/// wrong here is more than a warning.
void measure_attributes(const TrainingProgram& program, const Recipe& recipe, const RunFolder& folder,
                  const std::filesystem::path& checkpoint, const StopSignals& signals) {
  try {
    const Generator generator = load_generator(checkpoint);
    const AttributeReport report =
        report_attributes(Sampler(generator, parse_device(recipe.device)), generator->options.image_size,
                       {.count = recipe.measure_attributes, .cache = cache_folder("probes"), .should_stop = [&] {
                          return signals.received();
                        }});
    Value json = to_value(report);
    json.set("checkpoint", checkpoint.filename().string());
    write_file_atomically(folder.avatars(), to_json(json, 2) + "\n");
    write_html_report(folder.root);  // which shows them
    say(stdout, "\n");
    print_table(report, program.name);
  } catch (const Error& error) {
    say(stderr, "warning: {}; evaluate --avatars --checkpoint {} reads them\n", one_line(error.what()),
        checkpoint.string());
  }
}

int train(const TrainingProgram& program, const CommandLine& line) {
  const Recipe& recipe = line.recipe;
  if (!program.data_help.empty() && recipe.data.empty())
    throw OptionError(fmt::format("say where the images are: --data PATH ({})", program.data_help));
  set_threads(recipe.threads);
  const TrainerOptions trainer_options = recipe.trainer_options();
  trainer_options.validate();
  parse_device(trainer_options.device);
  Generator generator(recipe.generator);
  Discriminator discriminator(recipe.discriminator);
  TensorRandom random(mix_seeds({recipe.seed, 0}), at::kCPU);
  initialize(*generator, recipe.generator_initialization, random);
  initialize(*discriminator, recipe.discriminator_initialization, random);
  AnyTrainer trainer(generator, discriminator, recipe.loss, PolicyList(recipe.policies), trainer_options);

  const AnyImageSource data = program.open_data(recipe);
  Loader loader(data, recipe.loader_options());
  RunOptions run_options = recipe.run_options();
  run_options.total_images(loader.size(), loader.batch_size());  // refuses a wrong length before anything is written

  const RunFolder folder{recipe.out};
  const auto checkpoint = find_checkpoint(recipe.resume, folder);
  const Value run = describe_run(program, line, trainer, data);
  if (checkpoint) {
    trainer.load(checkpoint->state);
    warn_of_changes(*checkpoint, run);
  }
  const StopSignals signals;
  const auto profile = std::make_shared<ProfileObserver>();
  const auto board = std::make_shared<TensorBoardObserver>(folder, run);
  Observers observers{
      std::make_shared<ProgressObserver>(), std::make_shared<MetricsObserver>(folder), board,
      std::make_shared<CheckpointObserver>(folder, recipe.checkpoints, run),
      std::make_shared<SampleObserver>(
          folder, recipe.samples, [board](std::int64_t step, const Tensor& grid) { board->add_grid(step, grid); },
          [folder](std::int64_t step, std::string_view kind, std::string_view message) {
            note_warning(folder, step, kind, message);
          })};
  if (recipe.evaluation.every_kimg > 0) {  // after the log, whose later rows a resume drops
    Recipe measured = recipe;
    measured.source.partition = recipe.evaluation.partition;
    const bool same = measured.source.partition == recipe.source.partition;
    observers.push_back(std::make_shared<EvaluationObserver>(
        folder, recipe.evaluation, same ? data : program.open_data(measured), recipe.image_size, trainer.device(), run,
        EvaluationHooks{
            .figure = [board](std::int64_t step, const std::string& key,
                              double value) { board->add_figure(step, key, value); },
            .warning = [folder](std::int64_t step,
                                const std::string& message) { note_warning(folder, step, "evaluation", message); },
            .should_stop = [&signals] { return signals.received(); }}));
  }
  observers.push_back(std::make_shared<ReportObserver>(folder, run, recipe.samples.every_kimg));  // shows all above
  if (line.profile) observers.push_back(profile);
  folder.create();  // after all that can be refused
  loader.on_bad_image([&](const SkippedImage& skipped) {
    note_warning(folder, trainer.steps(), "skipped", fmt::format("skipped {}: {}", skipped.name, skipped.reason));
  });

  say(stdout, "{}: recipe {}, {} images at {}x{}, generator {:.2f} M and discriminator {:.2f} M weights, on {}\n",
      program.name, recipe.name, data.size(), recipe.image_size, recipe.image_size,
      static_cast<double>(run.at("parameters").at("generator").integer()) / 1e6,
      static_cast<double>(run.at("parameters").at("discriminator").integer()) / 1e6, trainer.device().str());
  if (checkpoint)
    say(stdout, "resuming from {} (step {}, {:.1f} kimg)\n", checkpoint->path.string(), trainer.steps(),
        static_cast<double>(trainer.images()) / 1000);
  std::fflush(stdout);

  run_options.should_stop = [&] { return signals.received(); };
  const RunSummary summary = [&] {
    try {
      return trainer.fit(loader, run_options, observers);
    } catch (const NonFiniteError& error) {
      explain(error, folder);
    }
  }();

  if (summary.reason == StopReason::finished) {
    write_curves(folder.root);
    write_epoch_animation(folder.root, folder.root / "animation.webp");
  }
  const auto files = list_checkpoints(folder.checkpoints());
  say(stdout, "{} after {} steps, {:.1f} kimg{}\n  report      {}\n  pictures    {}\n  checkpoint  {}\n",
      summary.reason == StopReason::finished ? "finished" : "stopped", summary.steps,
      static_cast<double>(summary.images) / 1000,
      loader.skipped().empty() ? "" : fmt::format(", {} image(s) skipped", loader.skipped().size()),
      folder.report().string(), (folder.samples() / (step_name(summary.steps) + ".png")).string(),
      files.empty() ? "none" : files.front().string());
  if (summary.reason == StopReason::asked) say(stdout, "the same command continues this run\n");
  if (line.profile) say(stdout, "\n{}", profile->table());
  if (recipe.measure_attributes > 0 && summary.reason == StopReason::finished && !files.empty())
    measure_attributes(program, recipe, folder, files.front(), signals);
  return signals.exit_code();
}

}  // namespace

int run_training_program(const TrainingProgram& program, int argc, char** argv) {
  return run_program(program.name, [&] {
    const auto line = parse_command_line(program, argc, argv);
    if (!line) return 0;
    if (line->list_recipes) return list_recipes(program), 0;
    if (line->describe) return say(stdout, "{}", describe_recipe_options()), 0;
    if (line->print_recipe) return say(stdout, "{}", to_toml_text(line->recipe)), 0;
    return train(program, *line);
  });
}

}  // namespace cspgan
