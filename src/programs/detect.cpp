// The program `detect`.
#include "cspgan/programs/detect.hpp"

#include <ATen/ops/full.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "core/checks.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/memory.hpp"
#include "cspgan/data/open_images.hpp"
#include "cspgan/detection/detector_evaluation.hpp"
#include "cspgan/detection/detector_recipe.hpp"
#include "cspgan/recipes/recipe.hpp"
#include "cspgan/report/images.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/terminal/progress.hpp"
#include "programs/detect_command.hpp"
#include "programs/detector_output.hpp"
#include "programs/output_paths.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

void warn_of_pictures(const std::string& message) { print_warning(detect_name, message); }

/// Pictures of which it is known whether they are bad: the training's own test part, or all of another folder.
int test_detector(const DetectCommand& command, ReconstructionDetector detector, const Checkpoint& file) {
  const Value& run = file.run;
  Value table = run.at("recipe");
  for (const std::string& setting : command.settings) {
    if (!setting.starts_with("pictures."))
      throw OptionError(
          fmt::format("--set takes options of the pictures here, such as pictures.test_share=0.5, not '{}'", setting));
    set_option_word(table, setting, to_value(DetectorRecipe{}));
  }
  const auto recipe = from_value<DetectorRecipe>(table, "");
  ThresholdOptions rule = recipe.threshold;
  if (command.rule) assign(rule.rule, Value(*command.rule), "--threshold-rule");
  if (command.value) rule.value = *command.value;
  rule.validate();
  const bool anew = command.rule || command.value || command.score;
  const StageProgress bars = stage_bars();
  const InspectionData data = open_inspection(command.data, recipe.pictures, rule.needs_bad(), bars);
  for (const std::string& problem : data.problems) warn_of_pictures(problem);
  if (data.classes != detector.classes)
    throw Error(fmt::format("'{}' has other classes than the detector was trained on", command.data));
  const bool own = Value(data.fingerprint) == run.at("data").at("fingerprint");
  if (command.score) {
    ScoreOptions score = detector.score_options();
    assign(score.kind, Value(*command.score), "--score");
    detector = ReconstructionDetector(detector.model(), score, parse_device(command.device));
    detector.learn_usual_error(data.validation.good(), stage_of(bars, "usual error"));
  }
  if (anew) detector.calibrate(data.validation, rule, stage_of(bars, "threshold"));
  const InspectionPictures test =
      own || anew ? data.test : join_pictures(join_pictures(data.training, data.validation), data.test);
  if (test.size() == 0) throw Error(fmt::format("'{}' has no pictures to test with", command.data));
  DetectionReport report = evaluate_detector(detector, test, {.pictures = command.heat}, stage_of(bars, "pictures"));
  report.title = fmt::format("{} on {}", run.at("name").string(), command.data);
  report.summary =
      fmt::format("{} pictures that the {} model was not trained on.", test.size(), run.at("name").string());
  report.threshold_text = anew ? threshold_text(rule, data.validation) : "as the detector's training chose it";
  report.run = run;
  write_detection(command.out, report, test);
  print_detection(report, command.out);
  return 0;
}

/// Pictures of which nothing is known: scores, verdicts, and heat maps of the worst.
int score_pictures(const DetectCommand& command, const ReconstructionDetector& detector) {
  const PictureShape shape = detector.model()->shape();
  const StageProgress bars = stage_bars();
  std::vector<std::string> problems;
  InspectionPictures pictures =
      read_pictures(open_images(command.data), shape.height, shape.width, problems, stage_of(bars, "pictures"));
  for (const std::string& problem : problems) warn_of_pictures(problem);
  if (pictures.size() == 0) throw Error(fmt::format("'{}' has no picture that can be read", command.data));
  if (shape.classes > 0) {
    const auto found = std::ranges::find(detector.classes, command.class_name);
    if (found == detector.classes.end())
      throw OptionError(fmt::format("the detector knows classes; say which one the pictures are of: --class, one of {}",
                                    fmt::join(detector.classes, ", ")));
    pictures.classes = at::full({pictures.size()}, found - detector.classes.begin(), at::kLong);
  }
  DetectionReport report = evaluate_detector(detector, pictures, {.pictures = command.heat}, stage_of(bars, "scores"));
  report.title = fmt::format("Pictures of {}", command.data);
  report.summary = fmt::format(
      "{} pictures. It is not known which of them are bad; those that the detector calls bad "
      "stand under the false alarms.",
      pictures.size());
  report.threshold_text = "as the detector's training chose it";
  write_detection(command.out, report, pictures);
  std::vector<std::size_t> order(report.set.scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t i) { return report.set.scores[i]; });
  const auto bad = std::ranges::count_if(report.set.scores, [&](double score) { return detector.is_bad(score); });
  for (std::size_t i = 0; i < std::min<std::size_t>(order.size(), 10); ++i)
    say(stdout, "{:<5} {:.6g}  {}\n", detector.is_bad(report.set.scores[order[i]]) ? "bad" : "good",
        report.set.scores[order[i]], one_line(pictures.names[order[i]]));
  say(stdout, "{} of {} pictures are bad: their score is above {:.6g}\n", bad, pictures.size(), detector.threshold());
  say(stdout, "report {}, scores {}, heat maps {}\n", (command.out / "detection.html").string(),
      (command.out / "scores.csv").string(), (command.out / "heat").string());
  return 0;
}

int detect(DetectCommand command) {
  detail::require_from_to(command.heat, 0, 1000, "--heat");
  set_threads(command.threads);
  keep_freed_memory();
  const ReconstructionDetector detector = load_detector(command.detector, command.device);
  const Checkpoint file = load_checkpoint(detector_file(command.detector));
  if (command.data.empty()) command.data = file.run.at("data").at("path").string();
  command.data = with_home(command.data);
  const bool labeled = is_inspection_layout(command.data);
  if (!labeled && (command.rule || command.value || command.score))
    throw OptionError(
        fmt::format("'{}' has no good/ folder, so there is nothing to choose a threshold by: leave "
                    "--threshold-rule, --threshold-value and --score",
                    command.data));
  if (command.data != "wells") require_outside(command.out, command.data, "--out");
  return labeled ? test_detector(command, detector, file) : score_pictures(command, detector);
}

}  // namespace

int run_detect_program(int argc, char** argv) {
  return run_program(detect_name, [&] {
    auto command = parse_detect(argc, argv);
    return command ? detect(std::move(*command)) : 0;
  });
}

}  // namespace cspgan
