// Plots: places of points computed by hand, looked for in the decoded PNG and in the SVG's path.
#include <array>
#include <cmath>
#include <cstdint>
#include <regex>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/data/image_file.hpp"
#include "cspgan/report/curves.hpp"
#include "cspgan/report/evaluation_row.hpp"
#include "cspgan/report/metrics_log.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

constexpr std::uint32_t blue = 0x2f63c4, orange = 0xc8571b, gray = 0x55514a;
// Where a plot of 760x420 has its axes; a curve's range has 5 % of room above and below.
constexpr double left = 70, right = 740, top = 64, bottom = 368;

/// A decoded PNG, asked for in the plot's units, of which each has two dots.
class Picture {
 public:
  explicit Picture(const std::string& png) : image_(decode_image(png)) {}

  std::int64_t width() const { return image_.size(2); }
  std::int64_t height() const { return image_.size(1); }

  /// Whether the dot to the lower right of (x, y) is of that color.
  bool has(double x, double y, std::uint32_t rgb) const { return is(std::lround(2 * y), std::lround(2 * x), rgb); }
  /// How many dots of that color the rectangle has.
  int count(double from_x, double to_x, double from_y, double to_y, std::uint32_t rgb) const {
    int found = 0;
    for (auto row = std::lround(2 * from_y); row < std::lround(2 * to_y); ++row)
      for (auto column = std::lround(2 * from_x); column < std::lround(2 * to_x); ++column)
        found += is(row, column, rgb);
    return found;
  }

 private:
  bool is(std::int64_t row, std::int64_t column, std::uint32_t rgb) const {
    const auto dot = image_.accessor<std::uint8_t, 3>();
    for (int channel = 0; channel < 3; ++channel)
      if (std::abs(dot[channel][row][column] - static_cast<int>(rgb >> (16 - 8 * channel) & 255)) > 12) return false;
    return true;
  }
  at::Tensor image_;
};

int lines_in(const Picture& picture, std::uint32_t rgb) { return picture.count(left, right, top, bottom, rgb); }

}  // namespace

TEST_CASE("points lie where the axes say, in the PNG and in the SVG", "[report]") {
  const CurvePlot plot{.title = "A title", .y_label = "height", .curves = {{"one", {0, 5, 10}, {-1, 0.5, 1}}}};
  const double middle = (top + bottom) / 2, one = (bottom - top) / 2.2;  // the places of 0 and of 1 above it
  const Picture picture(to_png(plot));
  CHECK(picture.width() == 2 * 760);
  CHECK(picture.height() == 2 * 420);
  for (const auto& [x, value] :
       std::vector<std::array<double, 2>>{{70, -1}, {182, -0.5}, {293, 0}, {405, 0.5}, {572.5, 0.75}, {739, 1}}) {
    const double y = middle - value * one;
    INFO("x = " << x);
    CHECK(picture.has(x, y, blue));
    CHECK(picture.has(x, y - 5, 0xffffff));
    CHECK(picture.has(x, y + 5, 0xffffff));
  }
  // Words: the title, the key, the labels of both axes, and of the ticks 0.5 and 10.
  CHECK(picture.count(left, 200, 12, 30, 0x1f1d1a) > 50);
  CHECK(picture.count(left + 24, 150, 38, 52, gray) > 20);
  CHECK(picture.count(5, 22, middle - 40, middle + 40, gray) > 20);
  CHECK(picture.count(38, 64, middle - one / 2 - 6, middle - one / 2 + 6, gray) > 10);
  CHECK(picture.count(right - 8, right + 8, bottom + 8, bottom + 20, gray) > 10);

  const std::string svg = to_svg(plot);
  CHECK(contains(svg, "width=\"760px\" height=\"420px\""));
  const std::regex path("d=\"M 70 ([0-9.]+) L 405 ([0-9.]+) L 740 ([0-9.]+) \"");
  std::smatch found;
  REQUIRE(std::regex_search(svg, found, path));
  CHECK(std::abs(std::stod(found[1]) - (middle + one)) < 0.01);
  CHECK(std::abs(std::stod(found[2]) - (middle - one / 2)) < 0.01);
  CHECK(std::abs(std::stod(found[3]) - (middle - one)) < 0.01);
}

TEST_CASE("a value that is missing leaves its point out, and the line goes straight on", "[report]") {
  const Picture picture(to_png({.curves = {{"one", {0, 1, 2, 3}, {0, std::nan(""), 2, 3}}}}));
  const auto y = [](double value) { return bottom - (value / 3 * 2 + 0.1) / 2.2 * (bottom - top); };
  for (const double x : {0.5, 1.0, 1.5, 2.5}) CHECK(picture.has(left + (right - left) * x / 3, y(x), blue));
}

TEST_CASE("a lone value is a dot", "[report]") {
  CHECK(Picture(to_png({.curves = {{"one", {1}, {2}}}})).has((left + right) / 2, (top + bottom) / 2, blue));
}

TEST_CASE("a smoothed line calms a zigzag", "[report]") {
  Curve curve{"one", {}, {}};
  for (int i = 0; i < 100; ++i) {
    curve.x.push_back(i);
    curve.y.push_back(i % 2);
  }
  // Dots of the full color: the zigzag turns between two heights; smoothed, all but its ends lie near the middle.
  const auto beyond = [&](bool smooth, double distance) {
    const Picture picture(to_png({.curves = {curve}, .smooth = smooth}));
    const double middle = (top + bottom) / 2;
    return picture.count(left, right, top, middle - distance, blue) +
           picture.count(left, right, middle + distance, bottom, blue);
  };
  CHECK(beyond(false, 100) > 1000);
  CHECK(beyond(true, 100) == 0);
  CHECK(beyond(true, 20) < 200);
}

TEST_CASE("long numbers beside the axis move it, so that they do not lie on its label", "[report]") {
  const Curve tiny{"one", {0, 1}, {0.000123, 0.000456}};
  const Picture picture(to_png({.y_label = "label", .curves = {tiny}}));
  CHECK(picture.count(22, 30, top, bottom, gray) == 0);
}

TEST_CASE("a plot without a value has axes and no line", "[report]") {
  const double none = std::nan("");
  for (const CurvePlot& plot : {CurvePlot{.curves = {{"one", {0, 1}, {none, none}}}}, CurvePlot{}}) {
    const Picture picture(to_png(plot));
    CHECK(lines_in(picture, blue) == 0);
    CHECK(lines_in(picture, 0xe5e1d8) > 5 * 2 * 600);
    CHECK(contains(to_svg(plot), "</svg>"));
  }
}

TEST_CASE("a plot refuses unequal lengths, unsorted x, sizes beyond reason and words that are no UTF-8", "[report]") {
  CHECK_THROWS_AS(to_svg({.curves = {{"one", {0, 1}, {0}}}}), OptionError);
  CHECK_THROWS_AS(to_png({.curves = {{"one", {1, 0}, {0, 0}}}}), OptionError);
  CHECK_THROWS_AS(to_png({.width = 10}), OptionError);
  CHECK_THROWS_AS(to_png({.height = 2'000'000'000}), OptionError);
  CHECK(contains(message_of<Error>([] { to_png({.title = "\xff\xfe"}); }), "cannot draw curves: "));
}

TEST_CASE("a run's curves are a PNG and an SVG for each kind of number that was logged", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  {
    MetricsLog log(folder.path() / "metrics.jsonl");
    for (int step = 1; step <= 20; ++step)
      log.append(
          Value::Object{{"step", step}, {"kimg", step * 0.5}, {"loss_d", 1.0}, {"loss_g", 2.0}, {"penalty_r1", 0.1}});
  }
  append_evaluation(folder.path() / "metrics.jsonl", {.step = 20, .kimg = 10, .metrics = {{.name = "FD", .value = 1}}});
  write_curves(folder.path());
  const auto curves = folder.path() / "curves";
  const Picture losses(read_file(curves / "losses.png"));
  const double edge = (bottom - top) * 0.05 / 1.1;
  CHECK(losses.has(400, bottom - edge, blue));  // the discriminator's loss, 1
  CHECK(losses.has(400, top + edge, orange));   // the generator's, 2
  CHECK(contains(read_file(curves / "losses.svg"), "</svg>"));
  CHECK(lines_in(Picture(read_file(curves / "penalties.png")), blue) > 1000);
  CHECK(std::filesystem::exists(curves / "penalties.svg"));
  for (const char* const extension : {"png", "svg"})
    CHECK(!std::filesystem::exists(curves / (std::string("scores.") + extension)));
  CHECK_THROWS_AS(write_curves(folder.path() / "none"), Error);
}
