// Wiring a run: networks, trainer, data, observers.
#include "programs/train.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <optional>

#include "cspgan/core/device.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/memory.hpp"
#include "cspgan/data/loader.hpp"
#include "cspgan/recipes/make_trainer.hpp"
#include "cspgan/runs/rollback.hpp"
#include "cspgan/runs/run_lock.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/terminal/progress.hpp"
#include "cspgan/training/checkpoints.hpp"
#include "programs/begin_run.hpp"
#include "programs/image_notes.hpp"
#include "programs/measure_attributes.hpp"
#include "programs/output_paths.hpp"
#include "programs/take_folder.hpp"
#include "programs/train_output.hpp"
#include "programs/training_observers.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

/// A run must not train on its own pictures.
void require_apart(const std::string& data, const std::filesystem::path& out) {
  for (const std::filesystem::path& path : data_paths(data))
    if (is_within(path, out))
      throw OptionError(
          fmt::format("the images ('{}') are in the folder of the run ('{}'); choose another folder for the "
                      "run (--out)",
                      path.string(), out.string()));
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
  RunFolder folder{recipe.out};
  std::optional<RunLock> lock(std::in_place, folder);
  folder.check_owner = [&lock] { lock->require_held(); };
  const WriteGuard guard(folder.check_owner);
  const AnyImageSource data = program.open_data(data_request(recipe, signals));
  Loader loader(data, recipe.loader_options());
  const Beginning beginning = begin_run(program, line, folder, trainer, data, signals);
  folder.id = run_id_of(beginning.run);
  RunOptions run_options = recipe.run_options();
  const std::int64_t total =  // refuses a wrong length
      run_options.total_images(loader.size(), loader.batch_size(), trainer.steps(), trainer.images());

  const auto profile = line.profile ? std::make_shared<ProfileObserver>() : nullptr;
  Observers observers = make_observers(program, line, folder, beginning.run, data, trainer.device(), signals, profile);
  observers.push_back(std::make_shared<ImagesNote>(program.name, loader, recipe.image_size));
  if (signals.received()) return signals.exit_code();  // somebody changed their mind
  // After all that can be refused: a folder that was made for the lock goes again.
  take_folder(folder, beginning.replaces_other, beginning.resumed ? std::optional(trainer.steps()) : std::nullopt);
  watch_bad_images(loader, data, folder, [&](const std::string& message) {
    note_warning(program, folder, trainer.steps(), "skipped", message);
  });
  print_start(program, recipe, beginning.run, data);
  print_expectation(line.source, recipe, total);
  if (beginning.resumed)
    say(stdout, "resuming from {} (step {}, {:.1f} kimg)\n", beginning.resumed->string(), trainer.steps(),
        static_cast<double>(trainer.images()) / 1000);
  if (beginning.resumed && trainer.images() >= total)
    say(stdout, "this run is over: it has the {:.1f} kimg that were asked for; a greater length goes on with it\n",
        static_cast<double>(total) / 1000);
  std::fflush(stdout);

  run_options.should_stop = [&] {
    folder.require_owned();
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
  const auto files = folder.own_checkpoints();
  if (recipe.measure_attributes > 0 && finished && !files.empty())
    measure_attributes(program, recipe, folder, files.back().path, signals);
  if (loader.stopped_waiting()) {  // all is saved, and a thread whose read hangs cannot be joined
    lock.reset();
    std::fflush(nullptr);
    std::_Exit(signals.exit_code());
  }
  return signals.exit_code();
}

}  // namespace cspgan
