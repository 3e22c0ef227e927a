// The page: complete by itself, safe against hostile text, tolerant of missing and torn files.
#include <ATen/TensorOperators.h>
#include <ATen/ops/rand.h>
#include <stdlib.h>

#include <cmath>
#include <fstream>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/options.hpp"
#include "cspgan/report/comparison.hpp"
#include "cspgan/report/curves.hpp"
#include "cspgan/report/evaluation_row.hpp"
#include "cspgan/report/html_report.hpp"
#include "cspgan/report/images.hpp"
#include "cspgan/report/metrics_log.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;
namespace fs = std::filesystem;
using cspgan_test::contains;

namespace {

void write_grid(const fs::path& folder, const std::string& name, int size = 16) {
  fs::create_directories(folder / "samples");
  write_png(folder / "samples" / name, to_bytes(at::rand({1, 3, size, size}) * 2 - 1)[0]);
}

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

/// A small run with all that a report can show.
void write_run(const fs::path& folder, const std::string& name) {
  fs::create_directories(folder / "checkpoints");
  std::ofstream(folder / "checkpoints" / "step-00000300.safetensors") << "not read";
  const Value recipe = Value::Object{
      {"name", name},
      {"image_size", 32},
      {"run", Value::Object{{"kimg", 20}, {"batch_size", 64}}},
      {"policies", Value::Array{Value::Object{{"name", "soft_labels"}, {"real", Value::Array{0.7, 0.9}}}}}};
  const Value differs_from = Value::Array{Value::Object{
      {"recipe", "faces"},
      {"of", "this run"},
      {"options",
       Value::Array{
           Value::Object{{"option", "training.generator_optimizer.learning_rate"}, {"there", 5e-4}, {"here", 2e-4}},
           Value::Object{{"option", "policies.r1.gamma"}, {"there", 0.1}, {"here", Value()}}}}}};
  write_file_atomically(
      folder / "run.json",
      to_json(Value::Object{{"name", name},
                            {"seed", 1},
                            {"device", "cpu"},
                            {"status", "finished"},
                            {"version", "0.1.0"},
                            {"started", "2026-05-04T10:20:30Z"},
                            {"command", "celeba_train --data faces --out runs/one"},
                            {"data", Value::Object{{"path", "faces"}, {"images", 4400}}},
                            {"parameters", Value::Object{{"generator", 1460000}, {"discriminator", 2760000}}},
                            {"recipe", recipe},
                            {"differs_from", differs_from}}));
  MetricsLog log(folder / "metrics.jsonl");
  for (int step = 1; step <= 300; ++step) {
    log.append(Value::Object{{"step", step},
                             {"kimg", step * 0.064},
                             {"loss_d", 1.2 + std::sin(step / 9.0) / 3},
                             {"loss_g", 0.9},
                             {"score_real", 0.4},
                             {"score_fake", -0.3},
                             {"penalty_r1", 0.01 * step},
                             {"learning_rate_g", 2e-4},
                             {"learning_rate_d", 2e-4},
                             {"gradient_norm_d", 1.0 + step % 7},
                             {"images_per_second", 150.0},
                             {"wait_share", 0.02}});
  }
  for (int step = 100; step <= 300; step += 100) {
    const auto metric = [&](const char* kind, double value, std::optional<double> spread, bool lower, int fakes) {
      return MetricRow{.name = kind,
                       .value = value,
                       .spread = spread,
                       .lower_is_better = lower,
                       .fakes = fakes,
                       .reals = 4400,
                       .extractor = "builtin",
                       .resize = "antialiased bilinear to 64"};
    };
    append_evaluation(folder / "metrics.jsonl", {.step = step,
                                                 .kimg = step * 0.064,
                                                 .metrics = {metric("FD-builtin", 9000.0 / step, 2.5, true, 1000),
                                                             metric("FD-builtin", 8000.0 / step, {}, true, 4400),
                                                             metric("recall", 0.001 * step, {}, false, 1000)}});
  }
  MetricsLog warnings(folder / "warnings.jsonl");
  warnings.append(Value::Object{{"step", 0}, {"kind", "skipped"}, {"message", "faces/broken.jpg: not an image"}});
  warnings.append(Value::Object{{"step", 200}, {"kind", "collapse"}, {"message", "the samples are nearly alike"}});
  for (int step = 0; step <= 300; step += 100)
    write_grid(folder, "step-00000" + std::to_string(1000 + step).substr(1) + ".png", 130);
}

}  // namespace

TEST_CASE("the page refers to nothing outside itself", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  write_run(folder.path(), "plain");
  CHECK(write_html_report(folder.path()) == folder.path() / "report.html");
  std::string page = read_file(folder.path() / "report.html");
  const std::string allowed = "http://www.w3.org/2000/svg";  // a name of SVG, never fetched
  CHECK(count(page, allowed) == 1);
  CHECK(count(page, "http://") == 1);
  CHECK(count(page, "https://") == 0);
  CHECK(count(page, "//cdn") == 0);
  CHECK(count(page, "@import") == 0);
  CHECK(contains(page, "default-src 'none'"));
  CHECK(count(page, "{{") == 0);
}

TEST_CASE("text of a run cannot become markup", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  const std::string hostile = "</script><script>alert(1)</script><!--<img src=x onerror='alert(2)'>\"{{data}}&amp;";
  write_run(folder.path(), hostile);
  MetricsLog(folder.path() / "warnings.jsonl").append(Value::Object{{"kind", hostile}, {"message", hostile}});
  write_file_atomically(folder.path() / "avatars.json", to_json(Value::Object{{"checkpoint", hostile}}));
  const std::string page = html_report(folder.path());
  CHECK(count(page, "<script") == 6);
  CHECK(count(page, "</script") == 6);
  CHECK(count(page, "<img") == 1);
  CHECK(!contains(page, "<!--<"));
  CHECK(contains(page, "<title>&lt;/script&gt;&lt;script&gt;alert(1)"));
  const Value data = data_of(page);
  CHECK(data.at("run").at("name").string() == hostile);
  CHECK(data.at("avatars").at("checkpoint").string() == hostile);
  CHECK(data.at("warnings").at("latest").array().at(0).at("message").string() == hostile);
}

TEST_CASE("the page carries the curves, the grids by step, the warnings and the newest checkpoint", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  write_run(folder.path(), "plain");
  const Value data = data_of(html_report(folder.path()));
  const Value& columns = data.at("curves").at("columns");
  REQUIRE(columns.at("step").array().size() == 300);
  CHECK(columns.at("penalty_r1").array()[299].number() == Approx(3.0));
  const auto& grids = data.at("grids").array();
  REQUIRE(grids.size() == 4);
  CHECK(grids[3].at("step").integer() == 300);
  CHECK(grids[3].at("width").integer() == 130);
  CHECK(grids[3].at("image").string().starts_with("data:image/png;base64,iVBORw0KGgo"));
  CHECK(data.at("warnings").at("total").integer() == 2);
  CHECK(data.at("warnings").at("kinds").at("collapse").integer() == 1);
  CHECK(contains(data.at("checkpoint").string(), "step-00000300.safetensors"));
  CHECK(data.at("notes").array().empty());
}

TEST_CASE("metrics stand by name and setting, in the order of their steps, apart from the curves", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  const auto log = folder.path() / "metrics.jsonl";
  const auto evaluation = [](std::int64_t step, double value, std::int64_t fakes) {
    return EvaluationRow{
        .step = step,
        .kimg = 0.5 * static_cast<double>(step),
        .metrics = {{.name = "FD", .value = value, .spread = 0.5, .fakes = fakes, .extractor = "builtin"}}};
  };
  append_row(log, Value::Object{{"step", 10}, {"loss_d", 1.0}});
  append_evaluation(log, evaluation(20, 7, 1000));
  append_row(log, Value::Object{{"kind", "evaluation"},  // an earlier checkpoint, measured later, under an older key
                                {"step", 10},
                                {"kimg", 5.0},
                                {"figures", to_value(evaluation(10, 9, 1000)).at("metrics")}});
  append_evaluation(log, evaluation(20, 5, 1000));  // measured again: this one counts
  append_evaluation(log, evaluation(20, 4, 4400));
  append_evaluation(
      log, {.step = 40,
            .kimg = 20,
            .metrics = {{.name = "FD", .value = 1, .fakes = 1000, .data = "test images", .extractor = "builtin"}}});
  append_row(log, Value::Object{{"kind", "evaluation"}, {"step", 30}, {"metrics", "torn"}});
  append_row(log, Value::Object{{"kind", "something else"}, {"step", 30}, {"loss_d", 50.0}});
  const Value data = data_of(html_report(folder.path()));
  const auto& metrics = data.at("metrics").array();
  REQUIRE(metrics.size() == 3);
  CHECK(metrics[2].at("data").string() == "test images");  // no point of the first line
  CHECK(metrics[0].at("fakes").integer() == 1000);
  CHECK(metrics[0].at("step") == Value(Value::Array{10.0, 20.0}));
  CHECK(metrics[0].at("kimg") == Value(Value::Array{5.0, 10.0}));
  CHECK(metrics[0].at("value") == Value(Value::Array{9.0, 5.0}));
  CHECK(metrics[0].at("spread") == Value(Value::Array{0.5, 0.5}));
  CHECK(metrics[1].at("value") == Value(Value::Array{4.0}));
  CHECK(data.at("curves").at("columns").at("step").array().size() == 1);
}

TEST_CASE("a comparison carries every run, and the options that differ between them", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  const fs::path one = folder.path() / "one", two = folder.path() / "two", deep = folder.path() / "deep" / "one";
  for (const auto& run : {one, two, deep}) {
    fs::create_directories(run);
    write_run(run, "</script><b>");
  }
  Value run = parse_json(read_file(two / "run.json"), "a run");
  run["recipe"]["policies"] = Value::Array{};
  run["recipe"]["name"] = "differs, but says nothing";
  write_file_atomically(two / "run.json", to_json(run));
  const std::string page = html_comparison({one, two});
  CHECK(count(page, "</script") == 4);
  CHECK(count(page, "http://") == 1);
  CHECK(count(page, "https://") == 0);
  const Value data = data_of(page);
  const auto& runs = data.at("runs").array();
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].at("label").string() == "one");
  CHECK(runs[1].at("label").string() == "two");
  CHECK(runs[1].at("curves").at("columns").at("loss_d").array().size() == 300);
  const auto& options = data.at("options").array();
  REQUIRE(options.size() == 2);
  CHECK(options[0].at("option").string() == "policies");
  CHECK(options[1].at("option").string() == "policies.soft_labels.real");
  CHECK(options[1].at("values") == Value(Value::Array{Value::Array{0.7, 0.9}, Value()}));

  const Value same_names = data_of(html_comparison({one, deep}));
  CHECK(same_names.at("runs").array()[1].at("label").string() == deep.string());
  CHECK(same_names.at("options").array().empty());
}

TEST_CASE("a comparison refuses one run, a run twice, and a folder that holds none", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  const fs::path run = folder.path() / "run", empty = folder.path() / "empty";
  fs::create_directories(run);
  fs::create_directories(empty);
  write_run(run, "plain");
  CHECK_THROWS_AS(html_comparison({run}), OptionError);
  CHECK(contains(cspgan_test::message_of<OptionError>([&] { html_comparison({run, run / ""}); }), "twice"));
  CHECK(contains(cspgan_test::message_of<Error>([&] { html_comparison({run, empty}); }), "empty"));
  CHECK(contains(cspgan_test::message_of<Error>([&] { html_comparison({run, empty / "no"}); }), "no run folder"));
}

TEST_CASE("an embedded grid is the file, bit for bit", "[report]") {
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const cspgan_test::TemporaryFolder folder;
  for (const int size : {1, 2, 3, 5, 9}) {
    write_grid(folder.path(), "step-1.png", size);
    const Value data = data_of(html_report(folder.path()));
    const std::string text = data.at("grids").array().at(0).at("image").string().substr(22);
    std::string bytes;
    unsigned buffer = 0, bits = 0;
    for (const char character : text) {
      if (character == '=') break;
      buffer = buffer << 6 | static_cast<unsigned>(alphabet.find(character));
      if ((bits += 6) >= 8) bytes.push_back(static_cast<char>(buffer >> (bits -= 8) & 255));
    }
    CHECK(text.size() % 4 == 0);
    CHECK(bytes == read_file(folder.path() / "samples" / "step-1.png"));
  }
}

TEST_CASE("many grids are thinned evenly, the first and the last kept, by number and by size", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  for (int step = 0; step <= 20; ++step) write_grid(folder.path(), "step-" + std::to_string(step) + ".png");
  const auto steps = [&](const ReportOptions& options) {
    std::vector<std::int64_t> found;
    const Value data = data_of(html_report(folder.path(), options));
    for (const Value& grid : data.at("grids").array()) found.push_back(grid.at("step").integer());
    return found;
  };
  CHECK(steps({}).size() == 21);
  CHECK(steps({.grids = 5}) == std::vector<std::int64_t>{0, 5, 10, 15, 20});
  CHECK(steps({.grids = 1}) == std::vector<std::int64_t>{20});
  const auto one = static_cast<std::int64_t>(fs::file_size(folder.path() / "samples" / "step-0.png"));
  const auto few = steps({.grid_bytes = one * 7 / 2});
  CHECK(few.size() == 3);
  CHECK(few.front() == 0);
  CHECK(few.back() == 20);
}

TEST_CASE("a long log is averaged in equal groups that end at their last step", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  MetricsLog log(folder.path() / "metrics.jsonl");
  for (int step = 1; step <= 10; ++step)
    log.append(Value::Object{{"step", step}, {"loss_d", step % 2 == 0 ? Value(step) : Value()}});
  const Value curves = data_of(html_report(folder.path(), {.points = 3})).at("curves");
  CHECK(curves.at("rows_per_point").integer() == 4);
  const auto& steps = curves.at("columns").at("step").array();
  const auto& losses = curves.at("columns").at("loss_d").array();
  REQUIRE(steps.size() == 3);
  CHECK(steps[0].number() == 4);
  CHECK(steps[2].number() == 10);
  CHECK(losses[0].number() == 3);
  CHECK(losses[2].number() == 10);
}

TEST_CASE("many evaluations are thinned evenly, the first and the last kept as they were measured", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  for (int step = 1; step <= 11; ++step) {
    const auto metric = [&](const char* name) {
      return MetricRow{.name = name, .value = 100.0 - step, .spread = 0.1 * step, .fakes = 10, .reals = 10};
    };
    std::vector<MetricRow> taken{metric("FD")};
    if (step <= 3) taken.push_back(metric("recall"));
    append_evaluation(folder.path() / "metrics.jsonl", {.step = step, .kimg = 0.5 * step, .metrics = taken});
  }
  const Value data = data_of(html_report(folder.path(), {.points = 3}));
  const auto& metrics = data.at("metrics").array();
  REQUIRE(metrics.size() == 2);
  CHECK(metrics[0].at("step") == Value(Value::Array{1.0, 6.0, 11.0}));
  CHECK(metrics[0].at("kimg") == Value(Value::Array{0.5, 3.0, 5.5}));
  CHECK(metrics[0].at("value") == Value(Value::Array{99.0, 94.0, 89.0}));
  CHECK(metrics[0].at("spread").array().size() == 3);
  CHECK(metrics[1].at("step") == Value(Value::Array{1.0, 2.0, 3.0}));
  CHECK(contains(to_json(data.at("notes")), "3 of 11 evaluations"));
  CHECK(data_of(html_report(folder.path())).at("metrics").array()[0].at("step").array().size() == 11);
}

TEST_CASE("missing and torn files leave their part out and are said", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  const Value empty = data_of(html_report(folder.path()));
  CHECK(contains(empty.at("notes").array().at(0).string(), "run.json"));
  CHECK(empty.at("grids").array().empty());
  CHECK(empty.at("checkpoint").is_null());

  std::ofstream(folder.path() / "run.json") << "{\"name\": \"to";
  std::ofstream(folder.path() / "metrics.jsonl") << "{\"step\":1,\"loss_d\":1}\n{\"step\":2,\"lo";
  write_grid(folder.path(), "step-1.png");
  write_grid(folder.path(), "step-2.png");
  fs::resize_file(folder.path() / "samples" / "step-2.png", 60);
  std::ofstream(folder.path() / "samples" / "step-x.png") << "no step";
  const Value torn = data_of(html_report(folder.path()));
  CHECK(torn.at("grids").array().size() == 1);
  CHECK(torn.at("curves").at("columns").at("step").array().size() == 1);
  CHECK(torn.at("notes").array().size() == 3);
  CHECK(contains(cspgan_test::message_of<Error>([&] { html_report(folder.path() / "none"); }), "none"));
}

// Not a test: report_in_browser.py asks for reports to open, of a run and of an empty folder.
TEST_CASE("write a report for the browser test", "[.browser]") {
  const char* const folder = getenv("CSPGAN_REPORT_FOLDER");
  REQUIRE(folder != nullptr);
  write_run(folder, "A <b>small</b> run & its \"report\"");
  write_html_report(folder);
  write_curves(folder);
  fs::create_directory(fs::path(folder) / "empty");
  write_html_report(fs::path(folder) / "empty");
  // Two runs of one name that differ, one without anything, and a comparison of the three.
  const fs::path other = fs::path(folder) / "other", bare = fs::path(folder) / "bare";
  write_run(other, "another");
  fs::remove_all(other / "samples");
  write_grid(other, "step-00000150.png", 200);
  Value run = parse_json(read_file(other / "run.json"), "a run");
  run["recipe"]["policies"] = Value::Array{};
  run["recipe"]["image_size"] = 64;
  write_file_atomically(other / "run.json", to_json(run));
  fs::create_directories(bare);
  write_file_atomically(bare / "run.json", "{\"status\": \"failed\"}");
  write_file_atomically(fs::path(folder) / "comparison.html", html_comparison({folder, other, bare}));
}
