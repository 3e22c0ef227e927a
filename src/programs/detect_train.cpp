// The program `detect_train`.
#include "cspgan/programs/detect_train.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>

#include "cspgan/core/files.hpp"
#include "cspgan/core/memory.hpp"
#include "cspgan/detection/detector_evaluation.hpp"
#include "cspgan/detection/detector_recipe.hpp"
#include "cspgan/runs/run_lock.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/terminal/progress.hpp"
#include "programs/detect_train_command.hpp"
#include "programs/detector_gan.hpp"
#include "programs/detector_observers.hpp"
#include "programs/detector_output.hpp"
#include "programs/image_notes.hpp"
#include "programs/output_paths.hpp"
#include "programs/resume_detector.hpp"
#include "programs/resumed_run.hpp"
#include "programs/take_folder.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

/// Chooses the threshold, tests, and writes all that the folder says of the detector.
void finish(const DetectorRecipe& recipe, const RunFolder& folder, const ModelTrainer& trainer,
            const InspectionData& data, const Value& run, const StopSignals& signals) {
  ReconstructionDetector detector(trainer.model(), recipe.score, trainer.device());
  if (detector.model()->shape().classes > 0) detector.classes = data.classes;
  const StageProgress bars = stoppable_bars(signals);
  const InspectionPictures calibration =
      detector.calibrate(data.validation, recipe.threshold, stage_of(bars, "threshold"));
  detector.trained_on = data.training.hashes();
  const auto known_bad = std::ranges::count(calibration.bad(), true);
  const std::int64_t chose = recipe.threshold.needs_bad() ? known_bad : calibration.size() - known_bad;
  if (constexpr std::int64_t few = 20; chose < few)
    warn_of_training(
        fmt::format("the threshold stands on {} {} picture(s): {} or more are better ({})", chose,
                    recipe.threshold.needs_bad() ? "bad" : "good", few,
                    recipe.threshold.needs_bad() ? "pictures.known_bad_share" : "pictures.validation_share"));
  // The test comes first, so that a stop in the middle leaves no detector beside the results of an earlier one.
  DetectionReport report;
  const bool is_tested = data.test.size() > 0;
  if (is_tested) report = evaluate_detector(detector, data.test, {}, stage_of(bars, "test"));
  folder.require_owned();
  detector.save(folder.root / "detector.safetensors", trainer.steps(), run);
  say(stdout, "detector: {}\n", (folder.root / "detector.safetensors").string());
  if (!is_tested) return warn_of_training("there are no pictures to test the detector with");
  report.title = fmt::format("{} on {}", run.at("name").string(), recipe.data);
  report.summary = fmt::format("A {} model that was trained on {} good pictures, tested on {} others.",
                               run.at("name").string(), data.training.size(), data.test.size());
  report.threshold_text = threshold_text(recipe.threshold, calibration);
  report.run = run;
  folder.require_owned();
  write_detection(folder.root, report, data.test);
  print_detection(report, folder.root);
}

int train_detector(const DetectTrainCommand& command, const StopSignals& signals) {
  DetectorRecipe recipe = command.recipe;
  recipe.validate();
  if (recipe.data != "wells") require_outside(recipe.out, "--out", recipe.data, "--data");
  recipe.pictures = with_picture_size(recipe.pictures, recipe.data);
  RunFolder folder{.root = recipe.out, .results = detector_results()};
  const auto gan = load_gan(command.gan, folder, command.resume);
  set_threads(recipe.threads);
  keep_freed_memory();
  const InspectionData data =
      open_inspection(recipe.data, recipe.pictures, recipe.threshold.needs_bad(), stoppable_bars(signals));
  for (const std::string& problem : data.problems) warn_of_training(problem);
  for (const std::string& sentence : sentences_of(data.training.images)) warn_of_training(sentence);
  require_pictures_for_training(data, recipe.data, recipe.threshold.needs_bad());
  if (recipe.batch_size == 0) recipe.batch_size = std::min<std::int64_t>(64, data.training.size());
  const auto classes = static_cast<std::int64_t>(data.classes.size());
  ModelTrainer trainer =
      make_model_trainer(recipe, gan ? gan->make_model(recipe, classes) : make_model(recipe, classes));
  InspectionBatches batches(data.training, recipe.batch_size, recipe.seed, recipe.flip);
  RunOptions length{.kimg = recipe.kimg, .log_every = recipe.log_every};
  const std::int64_t total = length.total_images(batches.size(), recipe.batch_size);  // refuses a wrong length

  const RunLock lock(folder);
  folder.check_owner = [&lock] { lock.require_held(); };
  const WriteGuard guard(folder.check_owner);
  Value run = describe_detector_run(recipe, trainer, data);
  if (gan) run.set(gan_key, gan->identity());
  const char* const chosen = command.recipe.batch_size == 0 ? "batch_size" : "kimg";
  const ResumeQuestions questions{
      detect_train_name, "model", {"kimg", chosen}, {gan_key}, [&] { return run; }, option_changes_of_detector_run};
  const auto [checkpoint, is_branch, replaces_other, origin] = find_run_to_resume(command.resume, folder, questions);
  if (checkpoint) resume_detector(*checkpoint, run, total, folder.root / "detector.safetensors", trainer);
  for (const auto& [key, value] : origin) run.set(key, value);
  folder.id = run_id_of(run);
  take_folder(folder, replaces_other, checkpoint ? std::optional(trainer.steps()) : std::nullopt);
  print_start(recipe, run, data);
  if (checkpoint)
    say(stdout, "resuming from {} (step {}, {:.1f} kimg)\n", checkpoint->path.string(), trainer.steps(),
        static_cast<double>(trainer.images()) / 1000);
  std::fflush(stdout);
  length.should_stop = [&] {
    folder.require_owned();
    return signals.received();
  };
  const RunSummary summary =
      trainer.fit(batches, length, make_detector_observers(recipe, folder, run, trainer.model(), data));
  if (summary.reason == StopReason::asked)
    say(stdout, "stopped after {} steps; the same command continues this run\n", summary.steps);
  else
    finish(recipe, folder, trainer, data, run, signals);
  return signals.exit_code();
}

}  // namespace

int run_detect_train_program(int argc, char** argv) {
  return run_program(detect_train_name, [&] {
    const auto command = parse_detect_train(argc, argv);
    if (!command) return 0;
    const StopSignals signals;
    try {
      return train_detector(*command, signals);
    } catch (const StoppedBySignal&) {
      say(stdout, "stopped; the same command goes on\n");
      throw;
    }
  });
}

}  // namespace cspgan
