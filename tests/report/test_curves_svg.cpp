// SVG plots: places of points computed by hand, and text that stays text.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/report/curves_svg.hpp"
#include "cspgan/report/evaluation_row.hpp"
#include "cspgan/report/metrics_log.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;
using cspgan_test::contains;

TEST_CASE("points lie where the axes say", "[report]") {
  // The plot spans x from 70 to 740 and y from 368 up to 64; the curve's own range has 5 % of room above and below.
  const std::string svg = to_svg({.curves = {{"one", {0, 5, 10}, {-1, 0, 1}}}, .width = 760, .height = 420});
  const double room = (368 - 64) / 2.2 * 0.1;
  CHECK(contains(svg, fmt::format("M70.0 {:.1f}L405.0 216.0L740.0 {:.1f}", 368 - room, 64 + room)));
  CHECK(contains(svg, ">-0.5</text>"));
  CHECK(contains(svg, ">10</text>"));
}

TEST_CASE("a value that is missing leaves its point out", "[report]") {
  const std::string svg = to_svg({.curves = {{"one", {0, 1, 2, 3}, {0, std::nan(""), 2, 3}}}});
  const std::size_t path = svg.rfind("d=\"M70.0");
  REQUIRE(path != std::string::npos);
  const std::string points = svg.substr(path, svg.find('"', path + 3) - path);
  CHECK(std::count(points.begin(), points.end(), 'L') == 2);
  CHECK(!contains(svg, "nan"));
}

TEST_CASE("a smoothed line keeps a straight line straight and calms a zigzag", "[report]") {
  Curve curve{"one", {}, {}};
  for (int i = 0; i < 100; ++i) {
    curve.x.push_back(i);
    curve.y.push_back(i % 2);
  }
  const std::string rough = to_svg({.curves = {curve}}), smooth = to_svg({.curves = {curve}, .smooth = true});
  // The zigzag turns between two heights; smoothed, all but its ends lie near the middle.
  const auto heights_beyond = [](const std::string& svg, double distance) {
    const std::size_t begin = svg.rfind("d=\"M") + 4;
    const std::string path = svg.substr(begin, svg.find('"', begin) - begin);
    int beyond = 0;
    for (std::size_t at = path.find(' '); at != std::string::npos; at = path.find(' ', at + 1))
      beyond += std::abs(std::stod(path.substr(at + 1)) - (64 + 368) / 2.0) > distance;
    return beyond;
  };
  CHECK(heights_beyond(rough, 100) == 100);
  CHECK(heights_beyond(smooth, 100) == 0);
  CHECK(heights_beyond(smooth, 60) <= 2);
}

TEST_CASE("labels cannot become markup", "[report]") {
  const std::string svg = to_svg({.title = "<script>", .y_label = "a & b", .curves = {{"\"<b>", {0, 1}, {0, 1}}}});
  CHECK(!contains(svg, "<script>"));
  CHECK(!contains(svg, "<b>"));
  CHECK(contains(svg, "a &amp; b"));
}

TEST_CASE("a plot without a value has axes and no line", "[report]") {
  CHECK(contains(to_svg({.curves = {{"one", {0, 1}, {std::nan(""), std::nan("")}}}}), "</svg>"));
  CHECK(contains(to_svg({}), "</svg>"));
}

TEST_CASE("a plot refuses unequal lengths, unsorted x and small sizes", "[report]") {
  CHECK_THROWS_AS(to_svg({.curves = {{"one", {0, 1}, {0}}}}), OptionError);
  CHECK_THROWS_AS(to_svg({.curves = {{"one", {1, 0}, {0, 0}}}}), OptionError);
  CHECK_THROWS_AS(to_svg({.width = 10}), OptionError);
}

TEST_CASE("a run's curves are one file for each kind of number that was logged", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  {
    MetricsLog log(folder.path() / "metrics.jsonl");
    for (int step = 1; step <= 20; ++step)
      log.append(
          Value::Object{{"step", step}, {"kimg", step * 0.5}, {"loss_d", 1.0}, {"loss_g", 2.0}, {"penalty_r1", 0.1}});
  }
  append_evaluation(folder.path() / "metrics.jsonl", {.step = 20, .kimg = 10, .figures = {{.name = "FD", .value = 1}}});
  write_curves(folder.path());
  const std::string losses = read_file(folder.path() / "curves" / "losses.svg");
  CHECK(contains(losses, "discriminator"));
  CHECK(contains(losses, "thousands of real images shown"));
  CHECK(contains(read_file(folder.path() / "curves" / "penalties.svg"), ">r1</text>"));
  CHECK(!std::filesystem::exists(folder.path() / "curves" / "scores.svg"));
  CHECK_THROWS_AS(write_curves(folder.path() / "none"), Error);
}
