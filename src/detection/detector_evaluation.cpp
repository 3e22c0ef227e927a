// Scores, the pictures that say most, and the files of a result.
#include "cspgan/detection/detector_evaluation.hpp"

#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "cspgan/core/files.hpp"
#include "cspgan/report/images.hpp"

namespace cspgan {

namespace {

/// A field of a CSV file.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char character : text) quoted += character == '"' ? std::string("\"\"") : std::string(1, character);
  return quoted + "\"";
}

Value with_interval(const Estimate& estimate) {
  return Value::Object{{"value", estimate.value}, {"interval", to_value(estimate.interval)}};
}

std::string score_text(const ScoreOptions& options) {
  const std::string unit = options.relative ? " in units of what good pictures have at each place" : "";
  if (options.kind == ScoreKind::mse)
    return fmt::format("The mean squared difference from the reconstruction, of values in [0, 1]{}.", unit);
  return fmt::format(
      "The mean squared difference from the reconstruction in the worst {0} x {0} pixels, of values in [0, 1]{1}.",
      options.patch, unit);
}

std::string file_name(std::string_view kind, std::size_t place) { return fmt::format("{}-{:02}.png", kind, place + 1); }

}  // namespace

DetectionReport evaluate_detector(const ReconstructionDetector& detector, const InspectionPictures& pictures,
                                  const DetectorEvaluationOptions& options, const OnProgress& progress) {
  const Inspection inspection = detector.inspect(pictures.images, pictures.classes, progress);
  DetectionReport report;
  report.set = {.scores = inspection.scores, .bad = pictures.bad()};
  report.defects = pictures.defects;
  report.threshold = detector.threshold();
  report.score_text = score_text(detector.score_options());
  const auto bad = std::ranges::count(report.set.bad, true);
  if (bad > 0 && bad < pictures.size())
    report.metrics = measure_detection(report.set, report.threshold, options.bootstrap);
  if (pictures.masks.defined() && pictures.masks.any().item<bool>() && !pictures.masks.all().item<bool>())
    report.pixel_auc = pixel_auc(inspection.heat, pictures.masks);

  std::vector<std::size_t> order(inspection.scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t i) { return inspection.scores[i]; });
  const auto take = [&](std::vector<InspectedPicture>& list, std::size_t i) {
    if (static_cast<std::int64_t>(list.size()) >= options.pictures) return;
    const auto place = static_cast<std::int64_t>(i);
    list.push_back({.name = pictures.names[i],
                    .defect = pictures.defects[i],
                    .score = inspection.scores[i],
                    .image = pictures.images[place],
                    .reconstruction = inspection.reconstructions[place],
                    .heat = inspection.heat[place]});
  };
  for (const std::size_t i : order) {  // from the highest score
    if (!detector.is_bad(inspection.scores[i])) continue;
    take(report.set.bad[i] ? report.found : report.false_alarms, i);
  }
  std::ranges::reverse(order);
  for (const std::size_t i : order)
    if (report.set.bad[i] && !detector.is_bad(inspection.scores[i])) take(report.misses, i);
  for (const auto* list : {&report.misses, &report.false_alarms, &report.found})
    for (const InspectedPicture& picture : *list)
      report.largest_heat = std::max(report.largest_heat, picture.heat.max().item<double>());
  return report;
}

std::string threshold_text(const ThresholdOptions& rule, const InspectionPictures& validation) {
  const auto bad = std::ranges::count(validation.bad(), true), good = validation.size() - bad;
  switch (rule.rule) {
    case ThresholdRule::bad_max_share:
      return fmt::format("{:g} times the largest score of {} known bad pictures", rule.value, bad);
    case ThresholdRule::bad_mean:
      return fmt::format("the mean score of {} known bad pictures", bad);
    case ThresholdRule::good_quantile:
      return fmt::format("the {:g} quantile of the scores of {} good pictures", rule.value, good);
    case ThresholdRule::true_negative_rate:
      return fmt::format("the score that {:g} of {} good pictures do not exceed", rule.value, good);
  }
  return "";
}

Value detection_value(const DetectionReport& report) {
  Value value{Value::Object{}};
  value.set("threshold", report.threshold);
  value.set("threshold_chosen", report.threshold_text);
  value.set("pictures", static_cast<std::int64_t>(report.set.scores.size()));
  value.set("bad", static_cast<std::int64_t>(std::ranges::count(report.set.bad, true)));
  if (report.metrics) {
    const Confusion& counts = report.metrics->confusion;
    value.set("confusion", Value::Array{Value::Array{counts.true_negatives, counts.false_positives},
                                        Value::Array{counts.false_negatives, counts.true_positives}});
    value.set("true_positive_rate", with_interval(report.metrics->true_positive_rate));
    value.set("true_negative_rate", with_interval(report.metrics->true_negative_rate));
    value.set("auc", with_interval(report.metrics->auc));
    value.set("average_precision", with_interval(report.metrics->average_precision));
  }
  if (report.pixel_auc) value.set("pixel_auc", *report.pixel_auc);
  return value;
}

Tensor inspection_strip(const Tensor& image, const Tensor& reconstruction, const Tensor& heat, double largest_heat) {
  return image_grid(at::stack({image, reconstruction, color_heat(heat, largest_heat)}), 3,
                    sample_grid_layout(std::max(image.size(1), image.size(2))));
}

void write_detection(const std::filesystem::path& folder, const DetectionReport& report,
                     const InspectionPictures& pictures) {
  make_folder(folder / "heat");
  write_file_atomically(folder / "detection.json", to_json(detection_value(report), 2) + "\n");
  std::string table = "name,defect,score,verdict\n";
  for (std::size_t i = 0; i < report.set.scores.size(); ++i)
    table += fmt::format("{},{},{:.9g},{}\n", csv_field(pictures.names[i]), csv_field(report.defects[i]),
                         report.set.scores[i], report.set.scores[i] > report.threshold ? "bad" : "good");
  write_file_atomically(folder / "scores.csv", table);
  const double largest = report.largest_heat > 0 ? report.largest_heat : 1;
  for (const auto& [kind, list] : {std::pair{"miss", &report.misses}, std::pair{"false-alarm", &report.false_alarms},
                                   std::pair{"found", &report.found}}) {
    for (std::size_t i = 0; i < list->size(); ++i) {
      const InspectedPicture& picture = (*list)[i];
      write_png(folder / "heat" / file_name(kind, i),
                inspection_strip(picture.image, picture.reconstruction, picture.heat, largest));
    }
  }
  write_detection_report(folder / "detection.html", report);
}

}  // namespace cspgan
