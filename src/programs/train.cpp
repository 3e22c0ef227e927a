// Wiring a run: networks, trainer, data, observers; what is printed at its beginning and its end.
#include "programs/train.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <system_error>

#include "cspgan/core/device.hpp"
#include "cspgan/core/memory.hpp"
#include "cspgan/data/loader.hpp"
#include "cspgan/recipes/make_trainer.hpp"
#include "cspgan/recipes/run_description.hpp"
#include "cspgan/report/curves.hpp"
#include "cspgan/runs/epoch_animation.hpp"
#include "cspgan/runs/rollback.hpp"
#include "cspgan/runs/run_lock.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/terminal/progress.hpp"
#include "cspgan/training/checkpoints.hpp"
#include "programs/image_notes.hpp"
#include "programs/measure_attributes.hpp"
#include "programs/run_length.hpp"
#include "programs/training_observers.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

/// recipes/run_description.hpp's, and what the program adds.
Value description_of(const TrainingProgram& program, const CommandLine& line, const AnyTrainer& trainer,
                     const AnyImageSource& data) {
  Value run = describe_run(line.recipe, trainer, data);
  run.set("program", program.name);
  run.set("command", line.command);
  run.set("differs_from", line.differs_from);
  if (line.seconds) run.set("time_seconds", *line.seconds);
  return run;
}

/// A run that is ready to begin: its description, and the checkpoint that it goes on from.
struct Beginning {
  Value run;
  std::optional<std::filesystem::path> resumed;  // nothing for a new run
};

/// The path that --resume names, or "" for one of its words.
std::string resumed_path(const std::string& resume) {
  if (!is_path_to_resume(resume)) return {};
  std::error_code unknown;  // whoever opens it says more
  return std::filesystem::weakly_canonical(resume, unknown).string();
}

/// Whether `own`, the run that the folder holds, began at `path` and has the same options and data as this one, whose
/// length may be another.
bool is_same_run(const Value& own, const std::string& path, Value run) {
  const Value* const began = own.find("resumed_from");
  if (began == nullptr || !(*began == Value(path))) return false;
  if (const Value* const before = own.find("recipe"); before != nullptr && before->is_object())
    for (const char* length : {"kimg", "epochs", "steps"})
      if (const Value* const there = before->find(length)) run["recipe"].set(length, *there);
  return changes_of_run(own, run).empty();
}

/// Takes the weights of another run, as far as they fit, and says what does not.
void initialize(const TrainingProgram& program, const std::string& init, AnyTrainer& trainer) {
  const Checkpoint checkpoint =
      load_checkpoint_at(init, [&](const std::string& reason) { print_warning(program.name, reason); });
  const auto [generator, ema, discriminator] = [&] {
    try {
      return trainer.initialize(checkpoint.state);
    } catch (const Error& error) {
      throw Error(fmt::format("--init: '{}': {}", checkpoint.path.string(), error.what()));
    }
  }();
  std::string text;
  for (const auto& [name, fitted] : {std::pair{"generator", &generator}, std::pair{"discriminator", &discriminator}}) {
    const auto left = static_cast<std::int64_t>(fitted->left.size());
    text += fmt::format("{} {} of {} tensors", text.empty() ? name : fmt::format(", {}", name), fitted->taken,
                        fitted->taken + left);
    for (std::size_t i = 0; i < fitted->left.size() && i < 3; ++i)
      text += (i == 0 ? " (new: " : ", ") + fitted->left[i];
    if (left > 0) text += left > 3 ? ", ...)" : ")";
  }
  say(stdout, "{}: weights from {}: {}\n", program.name, checkpoint.path.string(), text);
}

/// Loads the checkpoint that the recipe resumes from into the trainer, warns of what differs, and turns a time into a
/// length. Nothing of the checkpoint stays in memory.
Beginning begin(const TrainingProgram& program, CommandLine& line, const RunFolder& folder, AnyTrainer& trainer,
                const AnyImageSource& data) {
  std::string resumed_from = resumed_path(line.recipe.resume);
  const std::optional<Checkpoint> checkpoint = folder.checkpoint_to_resume(
      line.recipe.resume, [&](const std::string& reason) { print_warning(program.name, reason); },
      [&](const Value& own) { return is_same_run(own, resumed_from, description_of(program, line, trainer, data)); });
  if (line.seconds) {
    line.recipe.kimg = kimg_within(*line.seconds, line.recipe, data, checkpoint ? &checkpoint->run : nullptr);
    line.recipe.epochs.reset();
    line.recipe.steps.reset();
    line.differs_from = describe_origins(line.source, line.recipe);
  }
  Value run = description_of(program, line, trainer, data);
  if (!checkpoint) {
    if (!line.recipe.init.empty()) initialize(program, line.recipe.init, trainer);
    return {std::move(run), std::nullopt};
  }
  if (!line.recipe.init.empty())
    print_warning(program.name,
                  fmt::format("'{}' holds a run, which goes on; --init is for new runs, and takes nothing here",
                              folder.root.string()));
  if (const Value* const earlier = checkpoint->run.find("resumed_from");
      resumed_from.empty() && earlier != nullptr && earlier->is_string())
    resumed_from = earlier->string();
  if (!resumed_from.empty()) run.set("resumed_from", resumed_from);
  try {
    trainer.load(checkpoint->state);
  } catch (const Error& error) {
    throw Error(fmt::format("'{}': {}", checkpoint->path.string(), error.what()));
  }
  for (const std::string& change : changes_of_run(checkpoint->run, run)) print_warning(program.name, change);
  return {std::move(run), checkpoint->path};
}

/// What a run of this size and of `total` images may reach.
void print_expectation(const RecipeSource& source, std::int64_t image_size, std::int64_t total) {
  const Outcome* const closest = closest_outcome(source.measured, image_size, static_cast<double>(total) / 1000);
  if (closest != nullptr)
    say(stdout, "measured before, with the recipe's own options: {} on {}\n", source.name, outcome_text(*closest));
}

/// A run must not train on its own pictures.
void require_apart(const std::string& data, const std::filesystem::path& out) {
  std::error_code unknown;  // whoever opens them says more
  const auto run = std::filesystem::weakly_canonical(out, unknown);
  for (const std::filesystem::path& path : data_paths(data)) {
    const auto images = std::filesystem::weakly_canonical(path, unknown);
    if (run.empty() || images.empty()) continue;  // a loop of links, or a name that is too long
    if (std::mismatch(run.begin(), run.end(), images.begin(), images.end()).first == run.end())
      throw OptionError(
          fmt::format("the images ('{}') are in the folder of the run ('{}'); choose another folder for the "
                      "run (--out)",
                      path.string(), out.string()));
  }
}

void print_start(const TrainingProgram& program, const Recipe& recipe, const Value& run, const AnyImageSource& data) {
  const auto millions = [&](const char* network) {
    return static_cast<double>(run.at("parameters").at(network).integer()) / 1e6;
  };
  say(stdout, "{}: found {}\n", program.name, data.contents());
  say(stdout, "{}: recipe {}, {} images at {}x{}, generator {:.2f} M and discriminator {:.2f} M weights, on {}\n",
      program.name, recipe.name, data.size(), recipe.image_size, recipe.image_size, millions("generator"),
      millions("discriminator"), run.at("device").string());
}

void print_end(const RunSummary& summary, const RunFolder& folder, std::int64_t skipped) {
  const auto files = list_checkpoints(folder.checkpoints());
  say(stdout, "{} after {} steps, {:.1f} kimg{}\n  report      {}\n  pictures    {}\n  checkpoint  {}\n",
      summary.reason == StopReason::finished ? "finished" : "stopped", summary.steps,
      static_cast<double>(summary.images) / 1000, skipped == 0 ? "" : fmt::format(", {} image(s) skipped", skipped),
      folder.report().string(), (folder.samples() / (step_name(summary.steps) + ".png")).string(),
      files.empty() ? "none" : files.front().string());
  if (summary.reason == StopReason::asked) say(stdout, "the same command continues this run\n");
}

/// What only draws ends no run.
void draw_end(const TrainingProgram& program, const RunFolder& folder, std::int64_t step) {
  const auto draw = [&](const auto& write) {
    try {
      write();
    } catch (const Error& error) {
      note_warning(program, folder, step, "file", error.what());
    }
  };
  draw([&] { write_curves(folder.root); });
  draw([&] { write_epoch_animation(folder.root, folder.root / "animation.webp", {}, stage_bars()); });
}

/// Throws OptionError if the recipe's images cannot be those of the program, or of a run in that folder.
void check_source(const TrainingProgram& program, const Recipe& recipe) {
  if (!program.data_help.empty() && recipe.data.empty())
    throw OptionError(fmt::format("say where the images are: --data PATH ({})", program.data_help));
  const auto is_whole = [](Partition part) { return part == Partition::train || part == Partition::all; };
  if (program.data_help.empty() &&
      !(is_whole(recipe.source.partition) && is_whole(recipe.evaluation.partition) && recipe.source.holdout == 0))
    throw OptionError(
        fmt::format("{} draws its images, which have no partitions: leave source.partition, source.holdout and "
                    "evaluation.partition alone",
                    program.name));
  require_apart(recipe.data, recipe.out);
  if (!recipe.init.empty() && is_path_to_resume(recipe.resume))
    throw OptionError("--init starts a new run with other weights, and --resume FILE goes on with a run: give one");
}

}  // namespace

int train(const TrainingProgram& program, CommandLine line) {
  const Recipe& recipe = line.recipe;
  check_source(program, recipe);
  set_threads(recipe.threads);
  keep_freed_memory();
  AnyTrainer trainer = make_trainer(recipe);
  const StopSignals signals;  // from here on the folder is held, and whoever ends this process lets go of it
  const RunFolder folder{recipe.out};
  std::optional<RunLock> lock(std::in_place, folder);
  const AnyImageSource data = program.open_data(data_request(recipe, signals));
  Loader loader(data, recipe.loader_options());
  const Beginning beginning = begin(program, line, folder, trainer, data);
  RunOptions run_options = recipe.run_options();
  const std::int64_t total = run_options.total_images(loader.size(), loader.batch_size());  // refuses a wrong length

  const auto profile = line.profile ? std::make_shared<ProfileObserver>() : nullptr;
  Observers observers = make_observers(program, line, folder, beginning.run, data, trainer.device(), signals, profile);
  observers.push_back(std::make_shared<ImagesNote>(program.name, loader, recipe.image_size));
  if (signals.received()) return signals.exit_code();  // somebody changed their mind
  folder.create();  // after all that can be refused: a folder that was made for the lock goes again
  folder.drop_warnings_after(beginning.resumed ? std::optional(trainer.steps()) : std::nullopt);
  watch_bad_images(loader, data, folder, [&](const std::string& message) {
    note_warning(program, folder, trainer.steps(), "skipped", message);
  });
  print_start(program, recipe, beginning.run, data);
  print_expectation(line.source, recipe.image_size, total);
  if (beginning.resumed)
    say(stdout, "resuming from {} (step {}, {:.1f} kimg)\n", beginning.resumed->string(), trainer.steps(),
        static_cast<double>(trainer.images()) / 1000);
  if (beginning.resumed && trainer.images() >= total)
    say(stdout, "this run is over: it has the {:.1f} kimg that were asked for; a greater length goes on with it\n",
        static_cast<double>(total) / 1000);
  std::fflush(stdout);

  run_options.should_stop = [&] {
    lock->require_held();
    return signals.received();
  };
  loader.stop_waiting_if([&] { return signals.received(); });  // the disk may not answer any more
  const RollbackOptions rollback{
      .most = recipe.on_nonfinite == OnNonFinite::rollback ? recipe.rollbacks : 0,
      .earlier = static_cast<std::int64_t>(folder.warnings_of("rollback").size()),
      .rolled_back =
          [&](const std::string& message) { note_warning(program, folder, trainer.steps(), "rollback", message); },
      .damaged = [&](const std::string& reason) { print_warning(program.name, reason); }};
  const RunSummary summary = fit_with_rollback(trainer, loader, run_options, observers, folder, rollback);

  const bool finished = summary.reason == StopReason::finished;
  if (finished) draw_end(program, folder, summary.steps);
  print_end(summary, folder, static_cast<std::int64_t>(loader.skipped().size()));
  if (profile) say(stdout, "\n{}", profile->table());
  const auto files = list_checkpoints(folder.checkpoints());
  if (recipe.measure_attributes > 0 && finished && !files.empty())
    measure_attributes(program, recipe, folder, files.front(), signals);
  if (loader.stopped_waiting()) {  // all is saved, and a thread whose read hangs cannot be joined
    lock.reset();
    std::fflush(nullptr);
    std::_Exit(signals.exit_code());
  }
  return signals.exit_code();
}

}  // namespace cspgan
