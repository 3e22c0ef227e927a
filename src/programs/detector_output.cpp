// The numbers of a detector on the terminal.
#include "programs/detector_output.hpp"

#include "terminal/print.hpp"

namespace cspgan {

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
  say(stdout, "report {}, scores {}, heat maps {}\n", (folder / "detection.html").string(),
      (folder / "scores.csv").string(), (folder / "heat").string());
}

}  // namespace cspgan
