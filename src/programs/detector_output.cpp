// The numbers of a detector on the terminal.
#include "programs/detector_output.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "cspgan/terminal/progress.hpp"
#include "programs/detect_train_command.hpp"
#include "programs/output_paths.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

void print_files(const std::filesystem::path& folder) {
  say(stdout, "report {}, scores {}, heat maps {}\n", (folder / "detection.html").string(),
      (folder / "scores.csv").string(), (folder / "heat").string());
}

}  // namespace

std::vector<std::string> detector_results() {
  std::vector<std::string> names(detection_names.begin(), detection_names.end());
  names.emplace_back("detector.safetensors");
  return names;
}

void print_start(const DetectorRecipe& recipe, const Value& run, const InspectionData& data) {
  say(stdout, "{}: found {}: {} good pictures to train on, {} for the threshold, {} to test{}\n", detect_train_name,
      data.contents, data.training.size(), data.validation.size(), data.test.size(),
      data.classes.empty() ? "" : fmt::format("; of the classes {}", fmt::join(data.classes, ", ")));
  say(stdout, "{}: model {}, {:.2f} M weights, pictures of {}x{}, on {}\n", detect_train_name, run.at("name").string(),
      static_cast<double>(run.at("parameters").at("model").integer()) / 1e6, recipe.pictures.width,
      recipe.pictures.height, run.at("device").string());
}

void print_scores(const DetectionReport& report, const std::vector<std::string>& names,
                  const std::filesystem::path& folder) {
  constexpr std::size_t shown = 10;
  const std::vector<double>& scores = report.set.scores;
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t i) { return scores[i]; });
  for (std::size_t i = 0; i < std::min(order.size(), shown); ++i)
    say(stdout, "{:<5} {:.6g}  {}\n", scores[order[i]] > report.threshold ? "bad" : "good", scores[order[i]],
        one_line(names[order[i]]));
  const auto bad = std::ranges::count_if(scores, [&](double score) { return score > report.threshold; });
  say(stdout, "{} of {} pictures are called bad: their score is above {:.6g}\n", bad, scores.size(), report.threshold);
  print_files(folder);
}

void print_detection(const DetectionReport& report, const std::filesystem::path& folder) {
  say(stdout, "threshold {:.6g}: {}\n", report.threshold, report.threshold_text);
  if (report.metrics) {
    const auto line = [](const char* name, const Estimate& estimate) {
      say(stdout, "{:<20} {:.3f}  ({:.3f} to {:.3f})\n", name, estimate.value, estimate.interval.low,
          estimate.interval.high);
    };
    line("true-positive rate", report.metrics->true_positive_rate);
    line("true-negative rate", report.metrics->true_negative_rate);
    line("AUC", report.metrics->auc);
    line("average precision", report.metrics->average_precision);
    if (report.pixel_auc) say(stdout, "{:<20} {:.3f}\n", "AUC of pixels", *report.pixel_auc);
    const Confusion& counts = report.metrics->confusion;
    say(stdout, "of {} good pictures {} were called bad, of {} bad ones {} were found\n",
        counts.true_negatives + counts.false_positives, counts.false_positives,
        counts.true_positives + counts.false_negatives, counts.true_positives);
  } else {
    say(stdout, "the pictures are all good, or all bad: there is no ROC curve of them\n");
  }
  print_files(folder);
}

}  // namespace cspgan
