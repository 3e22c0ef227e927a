// Axes, ticks, lines and a legend, drawn by cairo as PNG and as SVG.
#include "cspgan/report/curves.hpp"

#include <cairo-svg.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <numbers>
#include <string_view>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "report/report_data.hpp"

namespace cspgan {
namespace {

constexpr std::array<std::uint32_t, 6> line_colors{0x2f63c4, 0xc8571b, 0x1d8561, 0xa43c8b, 0x8a6d00, 0x5b55b5};
constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

struct Span {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void include(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  /// Never empty and never of zero length.
  Span padded(double share) const {
    if (!(low <= high)) return {0, 1};
    const double room = high > low ? (high - low) * share : std::max(std::abs(high) * 0.1, 1e-9);
    return {low - room, high + room};
  }
};

/// About `count` ticks in the span, at multiples of 1, 2, 2.5 or 5 times a power of ten.
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

/// Moving averages with triangular weights over a window of about a twentieth of the points.
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

struct Destroy {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_t* context) const { cairo_destroy(context); }
  void operator()(cairo_font_options_t* options) const { cairo_font_options_destroy(options); }
};
using Surface = std::unique_ptr<cairo_surface_t, Destroy>;

void check(cairo_status_t status) {
  if (status != CAIRO_STATUS_SUCCESS)
    throw Error(fmt::format("cannot draw curves: {}", cairo_status_to_string(status)));
}

/// A write callback for cairo's streams.
cairo_status_t append(void* bytes, const unsigned char* data, unsigned int size) {
  static_cast<std::string*>(bytes)->append(reinterpret_cast<const char*>(data), size);
  return CAIRO_STATUS_SUCCESS;
}

/// Drawing functions in the plot's own units, for any surface.
class Pen {
 public:
  explicit Pen(cairo_surface_t* surface) : context_(cairo_create(surface)) {
    // Unhinted letters have the same width on raster and vector surfaces, so that the layout is the same on both.
    const std::unique_ptr<cairo_font_options_t, Destroy> font(cairo_font_options_create());
    cairo_font_options_set_antialias(font.get(), CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(font.get(), CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(font.get(), CAIRO_HINT_METRICS_OFF);
    cairo_set_font_options(context_.get(), font.get());
    cairo_set_line_cap(context_.get(), CAIRO_LINE_CAP_ROUND);  // a single value becomes a dot
    cairo_set_line_join(context_.get(), CAIRO_LINE_JOIN_ROUND);
    use_font(12, CAIRO_FONT_WEIGHT_NORMAL);
  }

  void use_font(double size, cairo_font_weight_t weight) {
    cairo_select_font_face(context_.get(), "sans-serif", CAIRO_FONT_SLANT_NORMAL, weight);
    cairo_set_font_size(context_.get(), size);
  }
  void use_color(std::uint32_t rgb, double opacity = 1) {
    const auto channel = [&](int shift) { return (rgb >> shift & 255) / 255.0; };
    cairo_set_source_rgba(context_.get(), channel(16), channel(8), channel(0), opacity);
  }

  void fill_all() { cairo_paint(context_.get()); }

  /// A line through the points (x, y), from the first to the last.
  void line(const std::vector<std::array<double, 2>>& points, double width) {
    if (points.empty()) return;
    cairo_move_to(context_.get(), points[0][0], points[0][1]);
    for (const auto& [x, y] : points) cairo_line_to(context_.get(), x, y);
    cairo_set_line_width(context_.get(), width);
    cairo_stroke(context_.get());
  }

  double width_of(const std::string& content) {
    cairo_text_extents_t extents{};
    cairo_text_extents(context_.get(), content.c_str(), &extents);
    return extents.x_advance;
  }
  /// `before` is the fraction of the text that lies before (x, y): 0, 0.5 or 1. Upward text is rotated by 90 degrees.
  void text(double x, double y, double before, const std::string& content, bool upwards = false) {
    cairo_save(context_.get());
    cairo_translate(context_.get(), x, y);
    if (upwards) cairo_rotate(context_.get(), -std::numbers::pi / 2);
    cairo_move_to(context_.get(), -before * width_of(content), 0);
    cairo_show_text(context_.get(), content.c_str());
    cairo_restore(context_.get());
  }

  /// Throws Error if anything drawn so far has failed.
  void finish() const { check(cairo_status(context_.get())); }

 private:
  std::unique_ptr<cairo_t, Destroy> context_;
};

constexpr std::uint32_t white = 0xffffff, title_color = 0x1f1d1a, text_color = 0x55514a, grid_color = 0xe5e1d8,
                        zero_color = 0x9a958b;

void draw_plot(const CurvePlot& plot, cairo_surface_t* surface) {
  Span across, up;
  for (const Curve& curve : plot.curves) {
    for (const double x : curve.x) across.include(x);
    for (const double y : curve.y) up.include(y);
  }
  if (across.low > 0 && across.low < across.high / 10) across.low = 0;
  across = across.padded(0);
  up = up.padded(0.05);

  Pen pen(surface);
  std::vector<std::pair<double, std::string>> heights;  // y ticks and their labels
  double widest = 0;
  for (const double tick : ticks(up, 6)) {
    heights.emplace_back(tick, fmt::format("{:.4g}", tick));
    widest = std::max(widest, pen.width_of(heights.back().second));
  }

  const double left = std::max(70.0, widest + 42), right = plot.width - 20, top = 64, bottom = plot.height - 52;
  const auto x_place = [&](double x) { return left + (x - across.low) / (across.high - across.low) * (right - left); };
  const auto y_place = [&](double y) { return bottom - (y - up.low) / (up.high - up.low) * (bottom - top); };
  const auto color = [](std::size_t curve) { return line_colors[curve % line_colors.size()]; };

  pen.use_color(white);
  pen.fill_all();
  pen.use_color(title_color);
  pen.use_font(16, CAIRO_FONT_WEIGHT_BOLD);
  pen.text(left, 26, 0, plot.title);
  pen.use_font(12, CAIRO_FONT_WEIGHT_NORMAL);
  double key = left;
  for (std::size_t i = 0; i < plot.curves.size(); ++i) {
    pen.use_color(color(i));
    pen.line({{key + 1.5, 44}, {key + 16.5, 44}}, 3);
    pen.use_color(text_color);
    pen.text(key + 24, 48, 0, plot.curves[i].label);
    key += 46 + pen.width_of(plot.curves[i].label);
  }
  for (const auto& [tick, label] : heights) {
    const double y = std::floor(y_place(tick)) + 0.5;  // sharp: exactly one pixel row of the SVG, two of the PNG
    pen.use_color(tick == 0 ? zero_color : grid_color);
    pen.line({{left, y}, {right, y}}, 1);
    pen.use_color(text_color);
    pen.text(left - 8, y_place(tick) + 4, 1, label);
  }
  pen.use_color(text_color);
  for (const double tick : ticks(across, plot.width / 100))
    pen.text(x_place(tick), bottom + 18, 0.5, fmt::format("{:.6g}", tick));
  pen.text((left + right) / 2, plot.height - 12, 0.5, plot.x_label);
  pen.text(18, (top + bottom) / 2, 0.5, plot.y_label, /*upwards=*/true);

  const auto line = [&](const Curve& curve, const std::vector<double>& values, double width) {
    std::vector<std::array<double, 2>> points;
    for (std::size_t i = 0; i < values.size(); ++i)
      if (std::isfinite(values[i])) points.push_back({x_place(curve.x[i]), y_place(values[i])});
    pen.line(points, width);
  };
  for (std::size_t i = 0; i < plot.curves.size(); ++i) {
    pen.use_color(color(i), plot.smooth ? 0.3 : 1);
    line(plot.curves[i], plot.curves[i].y, plot.smooth ? 1 : 1.8);
  }
  for (std::size_t i = 0; plot.smooth && i < plot.curves.size(); ++i) {
    pen.use_color(color(i));
    line(plot.curves[i], smoothed(plot.curves[i].y), 1.8);
  }
  pen.finish();
}

}  // namespace

void CurvePlot::validate() const {
  if (std::min(width, height) < 200 || std::max(width, height) > 10'000)
    throw OptionError(fmt::format("a plot has 200 to 10000 pixels each way, not {}x{}", width, height));
  for (const Curve& curve : curves)
    if (curve.x.size() != curve.y.size() || !std::ranges::is_sorted(curve.x))
      throw OptionError(fmt::format("the curve '{}' needs as many x as y, ascending; it has {} and {}", curve.label,
                                    curve.x.size(), curve.y.size()));
}

std::string to_png(const CurvePlot& plot) {
  plot.validate();
  constexpr int scale = 2;
  const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, scale * plot.width, scale * plot.height));
  cairo_surface_set_device_scale(surface.get(), scale, scale);
  draw_plot(plot, surface.get());
  std::string bytes;
  check(cairo_surface_write_to_png_stream(surface.get(), append, &bytes));
  return bytes;
}

std::string to_svg(const CurvePlot& plot) {
  plot.validate();
  std::string bytes;
  const Surface surface(cairo_svg_surface_create_for_stream(append, &bytes, plot.width, plot.height));
  cairo_svg_surface_set_document_unit(surface.get(), CAIRO_SVG_UNIT_PX);
  draw_plot(plot, surface.get());
  cairo_surface_finish(surface.get());
  check(cairo_surface_status(surface.get()));
  return bytes;
}

void write_curves(const std::filesystem::path& run_folder) {
  struct Kind {
    std::string_view file, title, y_label;
    std::vector<std::pair<std::string, std::string>> columns;  // names in metrics.jsonl, and their labels
    bool smooth = true;
  };
  const std::string d = "discriminator", g = "generator";
  std::vector<Kind> kinds{
      {"losses", "Losses", "loss", {{"loss_d", d}, {"loss_g", g}}},
      {"scores", "Scores", "mean logit", {{"score_real", "real"}, {"score_fake", "fake"}}},
      {"penalties", "Penalties", "penalty", {}},
      {"gradient_norms", "Gradient norms", "norm", {{"gradient_norm_d", d}, {"gradient_norm_g", g}}},
      {"learning_rates",
       "Learning rates",
       "learning rate",
       {{"learning_rate_d", d}, {"learning_rate_g", g}},
       /*smooth=*/false},
      {"throughput", "Throughput", "images per second", {{"images_per_second", "images per second"}}}};
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
                   .smooth = kind.smooth};
    for (const auto& [key, label] : kind.columns)
      if (std::vector<double> y = numbers(key); y.size() == x.size() && !y.empty())
        plot.curves.push_back({label, x, std::move(y)});
    if (plot.curves.empty()) continue;
    const auto write = [&](std::string_view extension, const std::string& bytes) {
      write_file_atomically(run_folder / "curves" / fmt::format("{}.{}", kind.file, extension), bytes,
                            Durability::cached);
    };
    write("png", to_png(plot));
    write("svg", to_svg(plot));
  }
}

}  // namespace cspgan
