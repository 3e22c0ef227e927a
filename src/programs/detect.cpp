// The program `detect`.
#include "cspgan/programs/detect.hpp"

#include <ATen/ops/full.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/checks.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/memory.hpp"
#include "cspgan/data/open_images.hpp"
#include "cspgan/detection/detector_evaluation.hpp"
#include "cspgan/detection/detector_recipe.hpp"
#include "cspgan/recipes/recipe.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/terminal/progress.hpp"
#include "programs/detect_command.hpp"
#include "programs/detector_output.hpp"
#include "programs/image_notes.hpp"
#include "programs/open_words.hpp"
#include "programs/output_paths.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

void warn_of_pictures(const std::string& message) { print_warning(detect_name, message); }

/// Chooses threshold and score anew, from pictures that were not trained on; returns those that did.
InspectionPictures choose_anew(const DetectCommand& command, const ThresholdOptions& rule, const InspectionData& data,
                               ReconstructionDetector& detector, const StageProgress& bars) {
  if (command.score) {
    ScoreOptions score = detector.score_options();
    assign(score.kind, Value(*command.score), "--score");
    ReconstructionDetector other(detector.model(), score, parse_device(command.device));
    other.classes = detector.classes;
    other.trained_on = detector.trained_on;
    detector = std::move(other);
  }
  return detector.calibrate(data.validation.without(detector.trained_on), rule, stage_of(bars, "threshold"));
}

/// Pictures of which it is known whether they are bad: all but those that the detector was made with.
int test_detector(const DetectCommand& command, ReconstructionDetector detector, const Checkpoint& file,
                  const StageProgress& bars) {
  DetectorRecipe recipe = recipe_of(command, file);
  const PictureShape& shape = detector.model()->shape();
  recipe.pictures.height = shape.height;
  recipe.pictures.width = shape.width;
  ThresholdOptions rule = recipe.threshold;
  if (command.rule) {
    assign(rule.rule, Value(*command.rule), "--threshold-rule");
    rule.value.reset();
  }
  if (command.value) rule.value = *command.value;
  rule.validate();
  InspectionData data = open_inspection(command.data, recipe.pictures, command.is_anew() && rule.needs_bad(), bars);
  say_found(detect_name, data.contents);
  for (const std::string& problem : data.problems) warn_of_pictures(problem);
  if (!detector.classes.empty() && data.classes != detector.classes)
    throw Error(fmt::format("'{}' has other classes than those that the detector was trained on: {}", command.data,
                            fmt::join(detector.classes, ", ")));
  std::string chosen = "as the detector's training chose it";
  if (command.is_anew()) chosen = threshold_text(rule, choose_anew(command, rule, data, detector, bars));
  const InspectionPictures test = join_pictures(join_pictures(data.test, data.validation), data.training)
                                      .without(detector.trained_on)
                                      .without(detector.calibrated_on);
  for (const std::string& sentence : sentences_of(test.images)) warn_of_pictures(sentence);
  if (test.size() == 0)
    throw Error(fmt::format("'{}' has no pictures that the detector was not made with", command.data));
  if (!command.save.empty()) detector.save(command.save, file.step, file.run);
  const std::string name = detector.model()->describe().at("name").string();
  DetectionReport report = evaluate_detector(detector, test, {.pictures = command.heat}, stage_of(bars, "pictures"));
  report.title = fmt::format("{} on {}", name, command.data);
  report.summary = detector.trained_on.defined()
                       ? fmt::format("{} pictures that the {} model was not made with.", test.size(), name)
                       : fmt::format("{} pictures. Its file does not say which ones the {} model was trained on.",
                                     test.size(), name);
  report.threshold_text = chosen;
  report.run = file.run;
  write_detection(command.out, report, test);
  print_detection(report, command.out);
  return 0;
}

/// Pictures of which nothing is known: scores, verdicts, and heat maps of those with the highest scores.
int score_pictures(const DetectCommand& command, const ReconstructionDetector& detector, const StageProgress& bars) {
  const PictureShape shape = detector.model()->shape();
  std::vector<std::string> problems;
  const AnyImageSource images = open_images(command.data);
  say_found(detect_name, images.contents());
  InspectionPictures pictures = read_pictures(images, shape.height, shape.width, problems, stage_of(bars, "pictures"));
  for (const std::string& problem : problems) warn_of_pictures(problem);
  for (const std::string& sentence : sentences_of(pictures.images)) warn_of_pictures(sentence);
  if (pictures.size() == 0) throw Error(fmt::format("'{}' has no picture that can be read", command.data));
  if (shape.classes > 0) {
    const auto found = std::ranges::find(detector.classes, command.class_name);
    if (found == detector.classes.end())
      throw OptionError(fmt::format("the detector knows classes; say which one the pictures are of: --class, one of {}",
                                    fmt::join(detector.classes, ", ")));
    pictures.classes = at::full({pictures.size()}, found - detector.classes.begin(), at::kLong);
  }
  DetectionReport report =
      evaluate_detector(detector, pictures, {.pictures = command.heat, .known = false}, stage_of(bars, "scores"));
  report.title = fmt::format("Pictures of {}", command.data);
  report.summary = fmt::format("{} pictures, of which it is not known whether they are bad.", pictures.size());
  report.threshold_text = "as the detector's training chose it";
  write_detection(command.out, report, pictures);
  print_scores(report, pictures.names, command.out);
  return 0;
}

int detect(DetectCommand command, const StopSignals& signals) {
  detail::require_from_to(command.heat, 0, 1000, "--heat");
  set_threads(command.threads);
  keep_freed_memory();
  const Checkpoint file = load_checkpoint(detector_file(command.detector));
  const ReconstructionDetector detector = load_detector(file, command.device);
  if (command.data.empty()) {
    const Value* const data = file.run.find("data");
    if (data == nullptr) throw OptionError("the detector's file does not say where its data are: --data PATH");
    command.data = data->at("path").string();
  }
  command.data = with_home(command.data);
  const bool labeled = is_inspection_layout(command.data);
  command.require_useful(labeled, !detector.classes.empty());
  if (command.data != "wells") require_outside(command.out, "--out", command.data, "--data");
  require_own_detection(command.out);
  if (!command.save.empty()) require_writable(command.save, "--save", {".safetensors"});
  const StageProgress bars = stoppable_bars(signals);
  return labeled ? test_detector(command, detector, file, bars) : score_pictures(command, detector, bars);
}

}  // namespace

int run_detect_program(int argc, char** argv) {
  return run_program(detect_name, [&] {
    auto command = parse_detect(argc, argv);
    if (!command) return 0;
    const StopSignals signals;
    return detect(std::move(*command), signals);
  });
}

}  // namespace cspgan
