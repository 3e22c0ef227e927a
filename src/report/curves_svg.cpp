// Axes, ticks, lines and a legend as SVG.
#include "cspgan/report/curves_svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "html_page.hpp"
#include "report_data.hpp"

namespace cspgan {
namespace {

constexpr std::array<std::string_view, 6> colors{"#2f63c4", "#c8571b", "#1d8561", "#a43c8b", "#8a6d00", "#5b55b5"};
constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

struct Span {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void include(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  /// Never empty, never of no length.
  Span padded(double share) const {
    if (!(low <= high)) return {0, 1};
    const double room = high > low ? (high - low) * share : std::max(std::abs(high) * 0.1, 1e-9);
    return {low - room, high + room};
  }
};

/// Multiples of 1, 2, 2.5 or 5 times a power of ten in the span, about `count`.
std::vector<double> ticks(const Span& span, int count) {
  const double rough = (span.high - span.low) / count, power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.5, 2.0, 1.0})
    if (factor * power >= rough) step = factor * power;
  std::vector<double> found;
  for (double index = std::ceil(span.low / step - 1e-9); index * step <= span.high + step * 1e-9; ++index)
    found.push_back(index == 0 ? 0.0 : index * step);
  return found;
}

/// Means over a window of about a twentieth of the points, weighted by a triangle.
std::vector<double> smoothed(const std::vector<double>& values) {
  const auto size = static_cast<std::ptrdiff_t>(values.size());
  const std::ptrdiff_t half = std::max<std::ptrdiff_t>(1, (size + 20) / 40);
  std::vector<double> means(values.size(), nothing);
  for (std::ptrdiff_t center = 0; center < size; ++center) {
    if (!std::isfinite(values[static_cast<std::size_t>(center)])) continue;
    double sum = 0, weights = 0;
    for (std::ptrdiff_t i = std::max<std::ptrdiff_t>(0, center - half); i <= std::min(size - 1, center + half); ++i) {
      const double value = values[static_cast<std::size_t>(i)];
      if (!std::isfinite(value)) continue;
      const auto weight = static_cast<double>(half + 1 - std::abs(i - center));
      sum += weight * value;
      weights += weight;
    }
    means[static_cast<std::size_t>(center)] = sum / weights;
  }
  return means;
}

std::string text(double x, double y, std::string_view anchor, std::string_view content, std::string_view more = "") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\"{}>{}</text>\n", x, y, anchor, more,
                     escape_html(content));
}

}  // namespace

void CurvePlot::validate() const {
  if (width < 200 || height < 200)
    throw OptionError(fmt::format("a plot is at least 200x200 pixels, not {}x{}", width, height));
  for (const Curve& curve : curves)
    if (curve.x.size() != curve.y.size() || !std::ranges::is_sorted(curve.x))
      throw OptionError(fmt::format("the curve '{}' needs as many x as y, ascending; it has {} and {}", curve.label,
                                    curve.x.size(), curve.y.size()));
}

std::string to_svg(const CurvePlot& plot) {
  plot.validate();
  Span across, up;
  for (const Curve& curve : plot.curves) {
    for (const double x : curve.x) across.include(x);
    for (const double y : curve.y) up.include(y);
  }
  if (across.low > 0 && across.low < across.high / 10) across.low = 0;
  across = across.padded(0);
  up = up.padded(0.05);

  const double left = 70, right = plot.width - 20, top = 64, bottom = plot.height - 52;
  const auto x_place = [&](double x) { return left + (x - across.low) / (across.high - across.low) * (right - left); };
  const auto y_place = [&](double y) { return bottom - (y - up.low) / (up.high - up.low) * (bottom - top); };

  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
      "font-family=\"Helvetica, Arial, Liberation Sans, sans-serif\" font-size=\"12\" fill=\"#55514a\">\n"
      "<title>{2}</title>\n<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n",
      plot.width, plot.height, escape_html(plot.title));
  svg += text(left, 26, "start", plot.title, " font-size=\"16\" font-weight=\"bold\" fill=\"#1f1d1a\"");
  double key = left;
  for (std::size_t i = 0; i < plot.curves.size(); ++i) {
    svg +=
        fmt::format("<path d=\"M{:.1f} 44h18\" stroke=\"{}\" stroke-width=\"3\"/>\n", key, colors[i % colors.size()]);
    svg += text(key + 24, 48, "start", plot.curves[i].label);
    key += 46 + 7 * static_cast<double>(plot.curves[i].label.size());
  }
  for (const double tick : ticks(up, 6)) {
    svg += fmt::format("<path d=\"M{:.1f} {:.1f}H{:.1f}\" stroke=\"{}\"/>\n", left, y_place(tick), right,
                       tick == 0 ? "#9a958b" : "#e5e1d8");
    svg += text(left - 8, y_place(tick) + 4, "end", fmt::format("{:.4g}", tick));
  }
  for (const double tick : ticks(across, plot.width / 100))
    svg += text(x_place(tick), bottom + 18, "middle", fmt::format("{:.6g}", tick));
  svg += text((left + right) / 2, plot.height - 12, "middle", plot.x_label);
  svg += text(0, 0, "middle", plot.y_label,
              fmt::format(" transform=\"translate(18 {:.1f}) rotate(-90)\"", (top + bottom) / 2));

  const auto line = [&](const Curve& curve, const std::vector<double>& values, std::size_t color,
                        std::string_view look) {
    std::string path;
    for (std::size_t i = 0; i < values.size(); ++i)
      if (std::isfinite(values[i]))
        path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? 'M' : 'L', x_place(curve.x[i]), y_place(values[i]));
    if (!path.empty())
      svg += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-linejoin=\"round\" {}/>\n", path,
                         colors[color % colors.size()], look);
  };
  constexpr std::string_view plain = "stroke-width=\"1.8\"", faint = "stroke-width=\"1\" opacity=\"0.3\"";
  for (std::size_t i = 0; i < plot.curves.size(); ++i)
    line(plot.curves[i], plot.curves[i].y, i, plot.smooth ? faint : plain);
  if (plot.smooth)
    for (std::size_t i = 0; i < plot.curves.size(); ++i) line(plot.curves[i], smoothed(plot.curves[i].y), i, plain);
  return svg + "</svg>\n";
}

void write_curves(const std::filesystem::path& run_folder) {
  struct Kind {
    std::string_view file, title, y_label;
    std::vector<std::pair<std::string, std::string>> columns;  // of metrics.jsonl, and their labels
  };
  const std::string d = "discriminator", g = "generator";
  std::vector<Kind> kinds{
      {"losses", "Losses", "loss", {{"loss_d", d}, {"loss_g", g}}},
      {"scores", "Scores", "mean logit", {{"score_real", "real"}, {"score_fake", "fake"}}},
      {"penalties", "Penalties", "penalty", {}},
      {"gradient_norms", "Gradient norms", "norm", {{"gradient_norm_d", d}, {"gradient_norm_g", g}}},
      {"learning_rates", "Learning rates", "learning rate", {{"learning_rate_d", d}, {"learning_rate_g", g}}},
      {"throughput", "Throughput", "images a second", {{"images_per_second", "images a second"}}}};
  constexpr std::int64_t points = 2000;
  const Value columns = training_curves(run_folder / "metrics.jsonl", points).at("columns");
  for (const auto& [key, unused] : columns.object())
    if (key.starts_with("penalty_")) kinds[2].columns.emplace_back(key, key.substr(std::string("penalty_").size()));

  const auto numbers = [&](const std::string& key) {
    std::vector<double> values;
    if (const Value* const column = columns.find(key))
      for (const Value& value : column->array()) values.push_back(value.is_number() ? value.number() : nothing);
    return values;
  };
  const std::vector<double> kimg = numbers("kimg");
  const bool has_kimg = !kimg.empty() && std::ranges::all_of(kimg, [](double value) { return std::isfinite(value); });
  const std::vector<double> x = has_kimg ? kimg : numbers("step");
  make_folder(run_folder / "curves");
  for (const Kind& kind : kinds) {
    CurvePlot plot{.title = std::string(kind.title),
                   .x_label = has_kimg ? "thousands of real images shown" : "steps",
                   .y_label = std::string(kind.y_label),
                   .curves = {},
                   .smooth = true};
    for (const auto& [key, label] : kind.columns)
      if (std::vector<double> y = numbers(key); y.size() == x.size() && !y.empty())
        plot.curves.push_back({label, x, std::move(y)});
    if (!plot.curves.empty())
      write_file_atomically(run_folder / "curves" / fmt::format("{}.svg", kind.file), to_svg(plot), Durability::cached);
  }
}

}  // namespace cspgan
