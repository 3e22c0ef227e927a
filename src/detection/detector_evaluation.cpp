// Scores, the pictures that say most, and the files of a result.
#include "cspgan/detection/detector_evaluation.hpp"

#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <optional>

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

std::string score_text(const ReconstructionDetector& detector) {
  const ScoreOptions& options = detector.score_options();
  const std::string further = detector.model()->further_score_text();
  const std::string end = further.empty() ? "." : fmt::format(", plus {}.", further);
  const std::string unit = options.relative ? " in units of what good pictures have at each place" : "";
  if (options.kind == ScoreKind::mse)
    return fmt::format("The mean squared difference from the reconstruction, of values in [0, 1]{}{}", unit, end);
  return fmt::format(
      "The mean squared difference from the reconstruction in the worst {0} x {0} pixels, of values in [0, 1]{1}{2}",
      options.patch, unit, end);
}

/// The area of the pixels of those pictures of which it is known where they are bad; nothing if there are none.
std::optional<double> known_pixel_auc(const Tensor& heat, const InspectionPictures& pictures) {
  if (!pictures.masks.defined()) return std::nullopt;
  const Tensor marked = pictures.masks.flatten(1).any(1);
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < pictures.size(); ++i)
    if (pictures.defects[static_cast<std::size_t>(i)].empty() || marked[i].item<bool>()) places.push_back(i);
  const Tensor chosen = at::tensor(places, at::kLong), masks = pictures.masks.index_select(0, chosen);
  if (!masks.any().item<bool>() || masks.all().item<bool>()) return std::nullopt;
  return pixel_auc(heat.index_select(0, chosen), masks);
}

/// The lists of a report with the names of their files in heat/.
std::vector<std::pair<std::string_view, const std::vector<InspectedPicture>*>> heat_lists(
    const DetectionReport& report) {
  return {{"miss", &report.misses},
          {"false-alarm", &report.false_alarms},
          {report.known ? "found" : "highest", &report.found}};
}

std::string file_name(std::string_view kind, std::size_t place) { return fmt::format("{}-{:02}.png", kind, place + 1); }

/// Removes what an earlier call left.
void remove_heat(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> old;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const std::size_t dash = name.rfind('-');
    if (dash == std::string::npos) continue;
    const std::string_view kind = std::string_view(name).substr(0, dash),
                           place = std::string_view(name).substr(dash + 1);
    const bool is_place = place.size() >= 6 && place.ends_with(".png") &&
                          place.find_first_not_of("0123456789") == place.size() - std::string_view(".png").size();
    constexpr std::array<std::string_view, 4> kinds{"miss", "false-alarm", "found", "highest"};
    if (is_place && std::ranges::find(kinds, kind) != kinds.end()) old.push_back(entry.path());
  }
  for (const std::filesystem::path& file : old)
    remove_file(file);  // one that stays is of an earlier call, as scores.csv says
}

}  // namespace

DetectionReport evaluate_detector(const ReconstructionDetector& detector, const InspectionPictures& pictures,
                                  const DetectorEvaluationOptions& options, const OnProgress& progress) {
  const Inspection inspection = detector.inspect(pictures.images, pictures.classes, progress);
  DetectionReport report;
  report.set = {.scores = inspection.scores, .bad = pictures.bad()};
  report.defects = pictures.defects;
  report.threshold = detector.threshold();
  report.score_text = score_text(detector);
  const auto bad = std::ranges::count(report.set.bad, true);
  if (bad > 0 && bad < pictures.size())
    report.metrics = measure_detection(report.set, report.threshold, options.bootstrap);
  report.known = options.known;
  report.pixel_auc = known_pixel_auc(inspection.heat, pictures);

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
    if (report.known && !detector.is_bad(inspection.scores[i])) continue;
    take(report.set.bad[i] || !report.known ? report.found : report.false_alarms, i);
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
      return fmt::format("{:g} times the largest score of {} known bad pictures", rule.resolved_value(), bad);
    case ThresholdRule::bad_mean:
      return fmt::format("the mean score of {} known bad pictures", bad);
    case ThresholdRule::good_quantile:
      return fmt::format("the {:g} quantile of the scores of {} good pictures", rule.resolved_value(), good);
    case ThresholdRule::true_negative_rate:
      return fmt::format("the score that {:g} of {} good pictures do not exceed", rule.resolved_value(), good);
  }
  return "";
}

Value detection_value(const DetectionReport& report) {
  Value value{Value::Object{}};
  value.set("threshold", report.threshold);
  value.set("threshold_chosen", report.threshold_text);
  value.set("pictures", static_cast<std::int64_t>(report.set.scores.size()));
  if (report.known) value.set("bad", static_cast<std::int64_t>(std::ranges::count(report.set.bad, true)));
  value.set("called_bad", static_cast<std::int64_t>(std::ranges::count_if(
                              report.set.scores, [&](double score) { return score > report.threshold; })));
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
  remove_heat(folder / "heat");
  const double largest = report.largest_heat > 0 ? report.largest_heat : 1;
  std::map<std::string, std::string> heat_of;
  for (const auto& [kind, list] : heat_lists(report)) {
    for (std::size_t i = 0; i < list->size(); ++i) {
      const InspectedPicture& picture = (*list)[i];
      heat_of.emplace(picture.name, file_name(kind, i));
      write_png(folder / "heat" / file_name(kind, i),
                inspection_strip(picture.image, picture.reconstruction, picture.heat, largest));
    }
  }
  std::string table = "name,defect,score,verdict,heat\n";
  for (std::size_t i = 0; i < report.set.scores.size(); ++i) {
    const auto heat = heat_of.find(pictures.names[i]);
    table += fmt::format("{},{},{:.9g},{},{}\n", csv_field(pictures.names[i]), csv_field(report.defects[i]),
                         report.set.scores[i], report.set.scores[i] > report.threshold ? "bad" : "good",
                         heat == heat_of.end() ? "" : heat->second);
  }
  write_file_atomically(folder / "scores.csv", table);
  write_detection_report(folder / "detection.html", report);
}

}  // namespace cspgan
