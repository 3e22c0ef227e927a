// The page of a detector, and the colors of its heat maps.
#include "cspgan/detection/detection_report.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linspace.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string_view>
#include <utility>

#include "core/checks.hpp"
#include "core/html_page.hpp"
#include "core/number_text.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/shapes.hpp"
#include "cspgan/report/images.hpp"
#include "report/charts_page.hpp"

namespace cspgan {
namespace {

constexpr std::string_view detection_body =
#include "embedded/detection_page.html.inc"
    ;
constexpr std::string_view detection_style =
#include "embedded/detection_page.css.inc"
    ;
constexpr std::string_view detection_plot_script =
#include "embedded/detection_plot.js.inc"
    ;
constexpr std::string_view detection_page_script =
#include "embedded/detection_page.js.inc"
    ;

/// Seventeen of the 256 colors of "inferno" by Smith and van der Walt (2015, https://bids.github.io/colormap, public
/// domain by CC0), in equal steps; between them, linear interpolation differs from it by 6 of 255 at most.
constexpr std::array<std::array<double, 3>, 17> heat_colors{{{0, 0, 4},
                                                             {11, 7, 36},
                                                             {33, 12, 74},
                                                             {61, 9, 101},
                                                             {87, 16, 110},
                                                             {113, 25, 110},
                                                             {138, 34, 106},
                                                             {163, 44, 97},
                                                             {188, 55, 84},
                                                             {208, 69, 69},
                                                             {227, 89, 51},
                                                             {241, 113, 31},
                                                             {249, 140, 10},
                                                             {252, 170, 15},
                                                             {249, 201, 50},
                                                             {242, 232, 101},
                                                             {252, 255, 164}}};

void require_heat(const Tensor& heat, std::string_view what) {
  if (!heat.defined() || heat.dim() != 2 || heat.scalar_type() != at::kFloat || heat.numel() == 0)
    throw Error(fmt::format("{}: a heat map is float32 of shape [H, W], not {}", what, describe_tensor(heat)));
  if (!heat.isfinite().all().item<bool>())
    throw Error(fmt::format("{}: a heat map holds a value that is not finite", what));
}

void require_picture(const InspectedPicture& picture) {
  const std::string what = fmt::format("the picture '{}' of a detection report", picture.name);
  if (!std::isfinite(picture.score)) throw Error(fmt::format("{} has the score {}", what, picture.score));
  for (const Tensor& image : {picture.image, picture.reconstruction}) {
    if (!image.defined() || image.dim() != 3 || image.size(0) != 3 || image.scalar_type() != at::kByte ||
        image.numel() == 0)
      throw Error(fmt::format("{}: picture and reconstruction are uint8 of shape [3, H, W], not {}", what,
                              describe_tensor(image)));
    if (!image.sizes().equals(picture.image.sizes()))
      fail_shape(what + ", its reconstruction", shape_text(picture.image), image);
  }
  require_heat(picture.heat, what);
  if (!picture.heat.sizes().equals(picture.image.sizes().slice(1)))
    fail_shape(what + ", its heat map", shape_text(picture.image.sizes().slice(1)), picture.heat);
}

/// All pictures of the page.
std::vector<const InspectedPicture*> inspected_pictures(const DetectionReport& report) {
  std::vector<const InspectedPicture*> all;
  for (const auto* list : {&report.misses, &report.false_alarms, &report.found})
    for (const InspectedPicture& picture : *list) all.push_back(&picture);
  return all;
}

void require_detection_report(const DetectionReport& report) {
  const auto& [scores, bad] = report.set;
  if (scores.empty()) throw Error("a detection report: there are no scores");
  if (scores.size() != bad.size())
    throw Error(fmt::format("a detection report: there are {} scores, but {} are said to be good or bad", scores.size(),
                            bad.size()));
  if (!report.defects.empty() && report.defects.size() != scores.size())
    throw Error(
        fmt::format("a detection report: there are {} scores, but {} defects", scores.size(), report.defects.size()));
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!std::isfinite(scores[i])) throw Error(fmt::format("a detection report: score {} is {}", i, scores[i]));
    if (!report.defects.empty() && !bad[i] && !report.defects[i].empty())
      throw Error(fmt::format("a detection report: picture {} is good, but has the defect '{}'", i, report.defects[i]));
  }
  if (!std::isfinite(report.threshold))
    throw Error(fmt::format("a detection report: the threshold is {}", report.threshold));
  const auto bad_count = static_cast<std::size_t>(std::ranges::count(bad, true));
  const bool both = bad_count > 0 && bad_count < bad.size();
  if (both != report.metrics.has_value())
    throw Error(
        both ? "a detection report: there are good and bad pictures, but no metrics; measure_detection gives them"
             : "a detection report: there are metrics, but all pictures are good, or all are bad");
  if (report.metrics && report.metrics->threshold != report.threshold)
    throw Error(fmt::format("a detection report: its threshold is {}, but that of its metrics is {}", report.threshold,
                            report.metrics->threshold));
  detail::require_not_negative(report.largest_heat, "a detection report: largest_heat");
  for (const InspectedPicture* picture : inspected_pictures(report)) require_picture(*picture);
}

/// The fewest digits, at least five, at which no two different scores become equal: on the page each threshold calls
/// bad what it calls bad here.
int digits_that_tell_apart(const DetectionReport& report) {
  std::vector<double> numbers = report.set.scores;
  numbers.push_back(report.threshold);
  for (const InspectedPicture* picture : inspected_pictures(report)) numbers.push_back(picture->score);
  std::ranges::sort(numbers);
  numbers.erase(std::ranges::unique(numbers).begin(), numbers.end());
  for (int digits = 5; digits < 17; ++digits) {
    const auto alike = [&](double a, double b) { return rounded_to_digits(a, digits) == rounded_to_digits(b, digits); };
    if (std::ranges::adjacent_find(numbers, alike) == numbers.end()) return digits;
  }
  return 17;  // all that a double has
}

/// A point of a curve: two rates, and the score from which on pictures are called bad.
struct RatePoint {
  double x, y, threshold;
};

/// [[x, y, score]]: without points that are within a thousandth of the one before, which no screen shows; null is a
/// score above all.
Value rate_points(const std::vector<RatePoint>& points, int digits) {
  constexpr double visible = 1e-3;
  Value::Array kept;
  RatePoint last{};
  for (std::size_t i = 0; i < points.size(); ++i) {
    const RatePoint& point = points[i];
    if (i > 0 && i + 1 < points.size() && std::abs(point.x - last.x) < visible && std::abs(point.y - last.y) < visible)
      continue;
    last = point;
    kept.push_back(
        Value::Array{rounded_to_digits(point.x, 6), rounded_to_digits(point.y, 6),
                     std::isfinite(point.threshold) ? Value(rounded_to_digits(point.threshold, digits)) : Value()});
  }
  return kept;
}

Value roc_points(const ScoredSet& set, int digits) {
  std::vector<RatePoint> points;
  for (const RocPoint& point : roc_curve(set))
    points.push_back({point.false_positive_rate, point.true_positive_rate, point.threshold});
  return rate_points(points, digits);
}

/// Recall and precision. Of points with one recall, the first and the last: between them the curve falls straight.
Value precision_recall_points(const ScoredSet& set, int digits) {
  std::vector<RatePoint> points;
  for (const PrecisionRecallPoint& point : precision_recall_curve(set)) {
    const RatePoint next{point.recall, point.precision, point.threshold};
    const std::size_t count = points.size();
    if (count >= 2 && points[count - 1].x == next.x && points[count - 2].x == next.x)
      points.back() = next;
    else
      points.push_back(next);
  }
  return rate_points(points, digits);
}

Value rounded_scores(std::vector<double> scores, int digits) {
  std::ranges::sort(scores);
  Value::Array rounded;
  for (const double score : scores) rounded.push_back(rounded_to_digits(score, digits));
  return rounded;
}

/// {good: [score], defects: [{name, scores}]}, scores from the lowest up.
Value scores_by_defect(const DetectionReport& report, int digits) {
  std::vector<double> good;
  std::map<std::string, std::vector<double>> defects;
  for (std::size_t i = 0; i < report.set.scores.size(); ++i) {
    if (!report.set.bad[i])
      good.push_back(report.set.scores[i]);
    else
      defects[report.defects.empty() ? "" : report.defects[i]].push_back(report.set.scores[i]);
  }
  Value::Array kinds;
  for (auto& [name, scores] : defects)
    kinds.push_back(Value::Object{{"name", name}, {"scores", rounded_scores(std::move(scores), digits)}});
  return Value::Object{{"good", rounded_scores(std::move(good), digits)}, {"defects", std::move(kinds)}};
}

/// {value, low, high}
Value estimate_value(const Estimate& estimate) {
  return Value::Object{{"value", estimate.value}, {"low", estimate.interval.low}, {"high", estimate.interval.high}};
}

Value metric_values(const DetectionMetrics& metrics) {
  return Value::Object{{"auc", estimate_value(metrics.auc)},
                       {"average_precision", estimate_value(metrics.average_precision)},
                       {"true_positive_rate", estimate_value(metrics.true_positive_rate)},
                       {"true_negative_rate", estimate_value(metrics.true_negative_rate)}};
}

std::string png_uri(const Tensor& image) { return "data:image/png;base64," + detail::base64(encode_png(image)); }

/// [{name, defect, score, width, height, image, reconstruction, heat}], pictures as data URIs.
Value picture_rows(const std::vector<InspectedPicture>& pictures, double largest_heat, int digits) {
  Value::Array rows;
  for (const InspectedPicture& picture : pictures)
    rows.push_back(Value::Object{{"name", picture.name},
                                 {"defect", picture.defect},
                                 {"score", rounded_to_digits(picture.score, digits)},
                                 {"width", picture.image.size(2)},
                                 {"height", picture.image.size(1)},
                                 {"image", png_uri(picture.image)},
                                 {"reconstruction", png_uri(picture.reconstruction)},
                                 {"heat", png_uri(color_heat(picture.heat, largest_heat))}});
  return rows;
}

double largest_heat_of(const DetectionReport& report) {
  double largest = report.largest_heat;
  if (largest > 0) return largest;
  for (const InspectedPicture* picture : inspected_pictures(report))
    largest = std::max(largest, picture->heat.max().item<double>());
  return largest > 0 ? largest : 1;
}

/// What the scripts of the page read.
Value detection_data(const DetectionReport& report) {
  const int digits = digits_that_tell_apart(report);
  const double largest_heat = largest_heat_of(report);
  Value data = scores_by_defect(report, digits);
  data.set("summary", report.summary);
  data.set("known", report.known);
  data.set("threshold", rounded_to_digits(report.threshold, digits));
  data.set("threshold_text", report.threshold_text);
  data.set("score_text", report.score_text);
  data.set("confidence", report.confidence);
  data.set("metrics", report.metrics ? metric_values(*report.metrics) : Value());
  data.set("pixel_auc", report.pixel_auc ? Value(*report.pixel_auc) : Value());
  data.set("roc", report.metrics ? roc_points(report.set, digits) : Value());
  data.set("precision_recall", report.metrics ? precision_recall_points(report.set, digits) : Value());
  data.set("misses", picture_rows(report.misses, largest_heat, digits));
  data.set("false_alarms", picture_rows(report.false_alarms, largest_heat, digits));
  data.set("found", picture_rows(report.found, largest_heat, digits));
  const Tensor scale = at::linspace(0, largest_heat, 256, at::kFloat).view({1, 256});
  data.set("heat", Value::Object{{"largest", largest_heat}, {"scale", png_uri(color_heat(scale, largest_heat))}});
  data.set("run", report.run.is_object() ? report.run : Value(Value::Object{}));
  data.set("notes", Value::Array{});
  return data;
}

}  // namespace

Tensor color_heat(const Tensor& heat, double largest) {
  require_heat(heat, "color_heat");
  detail::require_positive(largest, "color_heat: largest");
  const Tensor values = heat.detach().to(at::kCPU).contiguous();
  const std::int64_t pixels = values.numel();
  Tensor colors = at::empty({3, values.size(0), values.size(1)}, at::kByte);
  const auto* const value = values.const_data_ptr<float>();
  auto* const color = colors.mutable_data_ptr<std::uint8_t>();
  for (std::int64_t i = 0; i < pixels; ++i) {
    const double place = std::clamp(value[i] / largest, 0.0, 1.0) * (heat_colors.size() - 1);
    const std::size_t below = std::min(static_cast<std::size_t>(place), heat_colors.size() - 2);
    for (std::size_t channel = 0; channel < 3; ++channel) {
      const double low = heat_colors[below][channel], high = heat_colors[below + 1][channel];
      color[static_cast<std::int64_t>(channel) * pixels + i] =
          static_cast<std::uint8_t>(std::lround(low + (high - low) * (place - static_cast<double>(below))));
    }
  }
  return colors;
}

std::string html_detection_report(const DetectionReport& report) {
  require_detection_report(report);
  return charts_page(detection_body, report.title.empty() ? "A detector" : report.title, detection_data(report),
                     {recipe_script(), detection_plot_script, detection_page_script}, detection_style);
}

void write_detection_report(const std::filesystem::path& path, const DetectionReport& report) {
  write_file_atomically(path, html_detection_report(report), Durability::cached);
}

}  // namespace cspgan
