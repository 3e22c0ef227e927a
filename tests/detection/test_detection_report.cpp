// A detector's page: its data is that of the report, hostile text stays text, and what cannot be shown is refused.
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/zeros.h>
#include <stdlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/options.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/detection/detection_report.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;
namespace fs = std::filesystem;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

/// The JSON inside the page, as its script reads it.
Value data_of(const std::string& page) {
  const std::string open = "<script type=\"application/json\" id=\"data\">";
  const std::size_t begin = page.find(open) + open.size();
  return parse_json(page.substr(begin, page.find("</script>", begin) - begin), "the page's data");
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// A part of a gray ring on a bright ground, with a spot where it is defective, and the ring without it.
InspectedPicture ring(const std::string& name, const std::string& defect, double score, HostRandom& random) {
  constexpr std::int64_t height = 48, width = 27;
  InspectedPicture picture{.name = name, .defect = defect, .score = score};
  picture.image = at::empty({3, height, width}, at::kByte);
  picture.reconstruction = at::empty({3, height, width}, at::kByte);
  picture.heat = at::zeros({height, width}, at::kFloat);
  auto image = picture.image.accessor<std::uint8_t, 3>(), rebuilt = picture.reconstruction.accessor<std::uint8_t, 3>();
  auto heat = picture.heat.accessor<float, 2>();
  const double spot_y = 14 + 20 * random.uniform(), spot_x = 9 + 9 * random.uniform();
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x) {
      const double radius = std::hypot(static_cast<double>(y) - 23.5, static_cast<double>(x) - 13.0);
      const double level = radius > 6 && radius < 12 ? 110 : 205;
      const double spot =
          std::exp(-std::pow(std::hypot(static_cast<double>(y) - spot_y, static_cast<double>(x) - spot_x) / 2, 2));
      const double seen = level + random.normal() * 5 - (defect.empty() ? 15 : 110) * spot;
      for (int channel = 0; channel < 3; ++channel) {
        image[channel][y][x] = static_cast<std::uint8_t>(std::clamp(seen - 12 * channel, 0.0, 255.0));
        rebuilt[channel][y][x] = static_cast<std::uint8_t>(std::clamp(level - 12 * channel, 0.0, 255.0));
      }
      heat[y][x] = static_cast<float>(std::abs(seen - level) / 255);
    }
  return picture;
}

/// A set as large as that of a published detector, and the pictures that it gets most wrong.
DetectionReport example(std::int64_t good, std::int64_t bad, const std::string& title) {
  HostRandom random({7});
  DetectionReport report{.title = title,
                         .summary = "A convolutional autoencoder, trained on 11,000 pictures of good parts.",
                         .threshold_text = "the quantile 0.97 of 500 good pictures that were held out",
                         .score_text = "The mean squared error of the reconstruction, of values from 0 to 1."};
  const std::array<std::string, 3> kinds{"scratch", "hole \"<b>through</b>\"", "dirt & oil"};
  for (std::int64_t i = 0; i < good + bad; ++i) {
    const bool is_bad = i >= good;
    report.set.bad.push_back(is_bad);
    report.defects.push_back(is_bad ? kinds[static_cast<std::size_t>(i) % 3] : "");
    const double strength = is_bad ? 0.5 + 0.4 * static_cast<double>(i % 3) : 0;
    report.set.scores.push_back(0.004 * std::exp(0.35 * random.normal() + strength));
  }
  std::vector<double> sorted = report.set.scores;  // the threshold is a picture's score, which is not above it
  std::ranges::sort(sorted);
  const auto near = std::ranges::lower_bound(sorted, 0.0078);
  report.threshold = near == sorted.end() ? sorted.back() : *near;
  if (good > 0 && bad > 0) {
    report.metrics = measure_detection(report.set, report.threshold);
    report.pixel_auc = 0.9213;
  }
  for (int i = 0; i < 4; ++i) {
    const std::string number = std::to_string(i + 1);
    if (bad > 0) report.misses.push_back(ring("parts/bad_" + number + ".png", kinds[0], 0.004 + 0.0005 * i, random));
    if (good > 0) report.false_alarms.push_back(ring("good <" + number + ">.png", "", 0.009 + 0.001 * i, random));
    if (bad > 0) report.found.push_back(ring("parts/found_" + number + ".png", kinds[2], 0.02 - 0.001 * i, random));
  }
  report.run = Value::Object{{"status", "finished"},
                             {"started", "2026-05-04T10:20:30Z"},
                             {"version", "0.1.0"},
                             {"recipe", Value::Object{{"model", "autoencoder"}, {"latent", 64}}}};
  return report;
}

std::vector<double> numbers(const Value& array) {
  std::vector<double> found;
  for (const Value& value : array.array()) found.push_back(value.number());
  return found;
}

/// Of a color's bytes, by the weights of sRGB's primaries (IEC 61966-2-1).
double luminance(const Tensor& colors, std::int64_t place) {
  const auto linear = [&](std::int64_t channel) {
    const double level = colors[channel][0][place].item<double>() / 255;
    return level <= 0.04045 ? level / 12.92 : std::pow((level + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(0) + 0.7152 * linear(1) + 0.0722 * linear(2);
}

}  // namespace

TEST_CASE("the colors of heat are inferno's, and grow brighter from the first to the last", "[detection]") {
  const Tensor colors = color_heat(at::linspace(0, 255, 256, at::kFloat).view({1, 256}), 255);
  REQUIRE(colors.sizes().equals({3, 1, 256}));
  REQUIRE(colors.scalar_type() == at::kByte);
  // Rows of the published table, most of them between those that color_heat knows.
  struct Row {
    std::int64_t place;
    std::array<int, 3> color;
    int apart;
  };
  const std::vector<Row> rows{{0, {0, 0, 4}, 0},        {25, {22, 11, 57}, 7},    {60, {81, 14, 108}, 7},
                              {100, {144, 37, 104}, 7}, {150, {217, 77, 61}, 7},  {200, {251, 157, 7}, 7},
                              {230, {246, 215, 70}, 7}, {255, {252, 255, 164}, 0}};
  for (const Row& row : rows)
    for (std::int64_t channel = 0; channel < 3; ++channel) {
      const int here = colors[channel][0][row.place].item<int>();
      CAPTURE(row.place, channel, here);
      CHECK(std::abs(here - row.color[static_cast<std::size_t>(channel)]) <= row.apart);
    }
  for (std::int64_t place = 1; place < 256; ++place) {
    CAPTURE(place);
    CHECK(luminance(colors, place) > luminance(colors, place - 1));
  }
}

TEST_CASE("heat beyond the scale takes the colors of its ends, and the scale is that which is asked for",
          "[detection]") {
  Tensor heat = at::zeros({2, 3}, at::kFloat);
  heat[0][0] = -5;
  heat[1][2] = 9;
  heat[1][1] = 1;
  const Tensor colors = color_heat(heat, 2), half = color_heat(at::full({1, 1}, 0.5, at::kFloat), 1);
  CHECK(colors.select(1, 0).select(1, 0).equal(colors.select(1, 0).select(1, 1)));
  CHECK(colors[0][1][2].item<int>() == 252);
  CHECK(colors[2][1][2].item<int>() == 164);
  CHECK(colors.select(1, 1).select(1, 1).equal(half.select(1, 0).select(1, 0)));
  CHECK(color_heat(heat.t(), 2).equal(colors.transpose(1, 2)));
}

TEST_CASE("heat that cannot be colored is refused", "[detection]") {
  const Tensor heat = at::zeros({2, 3}, at::kFloat);
  CHECK(contains(message_of<Error>([&] { color_heat(heat.to(at::kDouble), 1); }),
                 "float32 of shape [H, W], not float64"));
  CHECK(contains(message_of<Error>([&] { color_heat(heat.view({1, 2, 3}), 1); }), "[1, 2, 3]"));
  CHECK(contains(message_of<Error>([&] { color_heat(Tensor(), 1); }), "undefined"));
  CHECK(contains(message_of<Error>([&] { color_heat(at::full({1, 1}, NAN, at::kFloat), 1); }), "not finite"));
  for (const double largest : {0.0, -1.0, std::numeric_limits<double>::infinity()})
    CHECK(contains(message_of<OptionError>([&] { color_heat(heat, largest); }), "color_heat: largest"));
}

TEST_CASE("a detector's page holds its scores, rates, curves and pictures, and no more", "[detection]") {
  const DetectionReport report = example(3665, 129, "Parts");
  const std::string page = html_detection_report(report);
  const Value data = data_of(page);
  std::vector<double> good, bad, shown_bad;
  for (std::size_t i = 0; i < report.set.scores.size(); ++i)
    (report.set.bad[i] ? bad : good).push_back(report.set.scores[i]);
  for (const Value& defect : data.at("defects").array())
    for (const double score : numbers(defect.at("scores"))) shown_bad.push_back(score);
  std::ranges::sort(good);
  std::ranges::sort(bad);
  std::ranges::sort(shown_bad);
  const std::vector<double> shown_good = numbers(data.at("good"));
  REQUIRE(shown_good.size() == good.size());
  REQUIRE(shown_bad.size() == bad.size());
  for (std::size_t i = 0; i < good.size(); ++i) CHECK(shown_good[i] == Approx(good[i]).epsilon(1e-4));
  CHECK(data.at("threshold").number() == Approx(report.threshold).epsilon(1e-4));
  const Value& rate = data.at("metrics").at("true_positive_rate");
  CHECK(rate.at("value").number() == report.metrics->confusion.true_positive_rate());
  CHECK(rate.at("low").number() == report.metrics->true_positive_rate.interval.low);
  CHECK(data.at("metrics").at("auc").at("value").number() == roc_auc(report.set));
  CHECK(data.at("pixel_auc").number() == 0.9213);

  // The area under the thinned curve is that under the whole one.
  const Value::Array& roc = data.at("roc").array();
  double area = 0;
  for (std::size_t i = 1; i < roc.size(); ++i) {
    const std::vector<double> from = numbers(Value::Array{roc[i - 1].array()[0], roc[i - 1].array()[1]});
    const std::vector<double> to = numbers(Value::Array{roc[i].array()[0], roc[i].array()[1]});
    area += (to[0] - from[0]) * (to[1] + from[1]) / 2;
  }
  CHECK(area == Approx(roc_auc(report.set)).margin(1e-3));
  CHECK(roc.front().array()[2].is_null());
  double under_steps = 0, recall = 0;
  for (const Value& point : data.at("precision_recall").array()) {
    under_steps += (point.array()[0].number() - recall) * point.array()[1].number();
    recall = point.array()[0].number();
  }
  CHECK(under_steps == Approx(average_precision(report.set)).margin(1e-3));

  CHECK(data.at("misses").array().size() == 4);
  CHECK(data.at("misses").array()[1].at("width").integer() == 27);
  CHECK(data.at("heat").at("largest").number() > 0);
  CHECK(page.size() < 300'000);
}

TEST_CASE("scores that differ in the last digit stay on their sides of the threshold", "[detection]") {
  const double threshold = 0.123456789, above = std::nextafter(threshold, 1.0);
  DetectionReport report{
      .title = "close", .set = {{threshold, above, 0.1, 0.2}, {false, true, false, true}}, .threshold = threshold};
  report.metrics = measure_detection(report.set, threshold);
  const Value data = data_of(html_detection_report(report));
  CHECK((numbers(data.at("good")) == std::vector{0.1, threshold}));
  CHECK((numbers(data.at("defects").array()[0].at("scores")) == std::vector{above, 0.2}));
  CHECK(data.at("threshold").number() == threshold);
}

TEST_CASE("a detector's page asks nothing of a network, and text cannot become markup in it", "[detection]") {
  const std::string hostile = "</script><script>alert(1)</script><!--<img src=x onerror='alert(2)'>\"{{data}}&amp;";
  DetectionReport report = example(20, 10, hostile);
  report.summary = report.threshold_text = report.score_text = report.misses[0].name = report.misses[0].defect =
      hostile;
  for (std::size_t i = 20; i < 30; ++i) report.defects[i] = hostile;
  const std::string page = html_detection_report(report);
  CHECK(count(page, "<script") == 6);
  CHECK(count(page, "</script") == 6);
  CHECK(count(page, "<img") == 1);  // the scale of heat
  CHECK(!contains(page, "<!--<"));
  CHECK(count(page, "http://") == 1);  // a name of SVG, never fetched
  CHECK(count(page, "https://") == 0);
  CHECK(contains(page, "default-src 'none'"));
  const Value data = data_of(page);
  CHECK(data.at("misses").array()[0].at("name").string() == hostile);
  CHECK(data.at("defects").array()[0].at("name").string() == hostile);
}

TEST_CASE("of good pictures alone, or of bad ones, there is a page without curves", "[detection]") {
  for (const auto& [good, bad] : {std::pair{40, 0}, std::pair{0, 40}}) {
    const Value data = data_of(html_detection_report(example(good, bad, "One kind")));
    CHECK(data.at("metrics").is_null());
    CHECK(data.at("roc").is_null());
    CHECK(data.at("precision_recall").is_null());
    CHECK(data.at("good").array().size() == static_cast<std::size_t>(good));
    CHECK(data.at("false_alarms").array().empty() == (good == 0));
  }
}

TEST_CASE("a heat scale is that of the report, or of its pictures", "[detection]") {
  DetectionReport report = example(20, 10, "Heat");
  float largest = 0;
  for (const auto* list : {&report.misses, &report.false_alarms, &report.found})
    for (const InspectedPicture& picture : *list) largest = std::max(largest, picture.heat.max().item<float>());
  CHECK(data_of(html_detection_report(report)).at("heat").at("largest").number() == Approx(largest));
  report.largest_heat = 3;
  CHECK(data_of(html_detection_report(report)).at("heat").at("largest").number() == 3);
}

TEST_CASE("a report that does not fit together is refused", "[detection]") {
  const DetectionReport whole = example(20, 10, "Whole");
  const auto refused = [&](auto&& change) {
    DetectionReport report = whole;
    change(report);
    return message_of<Error>([&] { html_detection_report(report); });
  };
  CHECK(contains(refused([](auto& report) { report.set = {}; }), "no scores"));
  CHECK(contains(refused([](auto& report) { report.set.bad.pop_back(); }), "30 scores, but 29"));
  CHECK(contains(refused([](auto& report) { report.defects.pop_back(); }), "29 defects"));
  CHECK(contains(refused([](auto& report) { report.set.scores[3] = NAN; }), "score 3 is nan"));
  CHECK(contains(refused([](auto& report) { report.threshold = NAN; }), "threshold is nan"));
  CHECK(contains(refused([](auto& report) { report.threshold = 1; }), "its threshold is 1, but that of its metrics"));
  CHECK(contains(refused([](auto& report) { report.defects[2] = "dent"; }),
                 "picture 2 is good, but has the defect 'dent'"));
  CHECK(contains(refused([](auto& report) { report.metrics.reset(); }), "no metrics"));
  CHECK(contains(refused([](auto& report) { report.largest_heat = -1; }), "largest_heat"));
  CHECK(contains(refused([](auto& report) { report.misses[0].score = INFINITY; }), "'parts/bad_1.png'"));
  CHECK(contains(refused([](auto& report) { report.misses[0].image = at::zeros({1, 4, 4}, at::kByte); }), "[1, 4, 4]"));
  CHECK(contains(refused([](auto& report) { report.misses[0].image = at::zeros({3, 4, 4}, at::kFloat); }), "float32"));
  CHECK(contains(refused([](auto& report) {
                   report.found[1].reconstruction = at::zeros({3, 4, 4}, at::kByte);
                 }),
                 "expected [3, 48, 27], found [3, 4, 4]"));
  CHECK(contains(refused([](auto& report) {
                   report.found[1].heat = at::zeros({27, 48}, at::kFloat);
                 }),
                 "expected [48, 27], found [27, 48]"));
  CHECK(contains(refused([](auto& report) { report.found[1].heat = Tensor(); }), "undefined"));
  CHECK(contains(message_of<Error>([&] {
                   DetectionReport report = example(10, 0, "Good");
                   report.metrics = whole.metrics;
                   html_detection_report(report);
                 }),
                 "all pictures are good"));
}

TEST_CASE("the page of a detector is written whole, or an error names the path", "[detection]") {
  const cspgan_test::TemporaryFolder folder;
  const DetectionReport report = example(20, 10, "Written");
  write_detection_report(folder.path() / "page.html", report);
  CHECK(read_file(folder.path() / "page.html") == html_detection_report(report));
  CHECK(contains(message_of<Error>([&] { write_detection_report(folder.path() / "none" / "page.html", report); }),
                 "none"));
}

// Not a test: detection_in_browser.py asks for pages to open, and for the scores to compare with.
TEST_CASE("write pages of detectors for the browser test", "[.browser]") {
  const char* const folder = getenv("CSPGAN_REPORT_FOLDER");
  REQUIRE(folder != nullptr);
  DetectionReport alike{.title = "Alike", .set = {{0, 0, 0}, {false, true, false}}};
  alike.metrics = measure_detection(alike.set, 0);
  const std::string title = "Rings & <b>\"spots\"</b>";
  const std::vector<std::pair<std::string, DetectionReport>> pages{{"both", example(3665, 129, title)},
                                                                   {"good", example(300, 0, title)},
                                                                   {"bad", example(0, 40, title)},
                                                                   {"alike", alike}};
  for (const auto& [name, report] : pages) {
    write_detection_report(fs::path(folder) / (name + ".html"), report);
    Value::Array bads;
    for (const bool is_bad : report.set.bad) bads.push_back(is_bad);
    write_file_atomically(fs::path(folder) / (name + ".json"),
                          to_json(Value::Object{{"scores", to_value(report.set.scores)},
                                                {"bad", std::move(bads)},
                                                {"threshold", report.threshold},
                                                {"defects", to_value(report.defects)}}));
  }
}
