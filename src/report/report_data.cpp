// Reads a run's folder for the page; missing and damaged files are skipped and, if that matters, mentioned in `notes`.
#include "report/report_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <vector>

#include "core/checks.hpp"
#include "core/html_page.hpp"
#include "core/lookup.hpp"
#include "core/number_text.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/evenly_spaced.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/step_files.hpp"
#include "cspgan/report/evaluation_row.hpp"
#include "cspgan/report/metrics_log.hpp"

namespace cspgan {
namespace {

namespace fs = std::filesystem;

/// The width and height that a PNG file states, or nullopt if the file is not a PNG or is truncated.
std::optional<std::pair<std::int64_t, std::int64_t>> png_size(std::string_view bytes) {
  constexpr std::string_view signature("\x89PNG\r\n\x1a\n", 8);
  constexpr std::string_view end("IEND\xae\x42\x60\x82", 8);
  if (bytes.size() < 45 || !bytes.starts_with(signature) || !bytes.ends_with(end)) return std::nullopt;
  const auto number = [&](std::size_t at) {
    std::int64_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
  };
  return std::pair{number(16), number(20)};
}

/// [{step, width, height, image: data URI}]: as many sample grids as the options allow.
Value grids(const fs::path& folder, const ReportOptions& options, Value::Array& notes) {
  const std::vector<StepFile> files = step_files(folder, ".png");
  std::error_code ignored;
  std::vector<std::int64_t> sizes;
  for (const StepFile& file : files) sizes.push_back(static_cast<std::int64_t>(fs::file_size(file.path, ignored)));
  const auto total = [&](const std::vector<std::size_t>& chosen) {
    std::int64_t bytes = 0;
    for (const std::size_t index : chosen) bytes += sizes[index];
    return bytes;
  };
  std::vector<std::size_t> chosen =
      evenly_spaced(files.size(), static_cast<std::size_t>(std::max<std::int64_t>(options.grids, 1)));
  while (chosen.size() > 1 && total(chosen) > options.grid_bytes)
    chosen = evenly_spaced(files.size(), chosen.size() - 1);

  Value::Array result;
  std::int64_t unreadable = 0;
  for (const std::size_t index : chosen) {
    try {
      require_regular_file(files[index].path);
      const std::string bytes = read_file(files[index].path);
      if (const auto size = png_size(bytes)) {
        result.push_back(Value::Object{{"step", files[index].step},
                                       {"width", size->first},
                                       {"height", size->second},
                                       {"image", "data:image/png;base64," + detail::base64(bytes)}});
        continue;
      }
    } catch (const Error&) {
    }
    ++unreadable;
  }
  if (chosen.size() < files.size()) {
    notes.push_back(fmt::format("{} of {} sample grids are shown, evenly spaced; all are in samples/.", result.size(),
                                files.size()));
  }
  if (unreadable > 0) notes.push_back(fmt::format("{} sample grids could not be read and are left out.", unreadable));
  return result;
}

/// Rounds to six digits, which is more than a curve can show and keeps the page small.
Value rounded(double number) {
  if (!std::isfinite(number)) return nullptr;
  return rounded_to_digits(number, 6);
}

LoggedRows rows_of(const fs::path& path, std::string_view name, Value::Array& notes) {
  if (!fs::exists(path)) return {};
  try {
    LoggedRows logged = read_metrics(path);
    if (logged.unreadable_lines > 0) {
      notes.push_back(fmt::format("{} unreadable lines of {} are left out.", logged.unreadable_lines, name));
    }
    return logged;
  } catch (const Error& error) {
    notes.push_back(std::string(error.what()));
    return {};
  }
}

/// {rows_per_point, columns: {key: [number or null]}}: each number in the rows as a column. Long logs are averaged in
/// groups of equal length; step and kimg are those of the last row of each group.
Value curves(const std::vector<Value>& rows, std::int64_t most_points) {
  const auto most = static_cast<std::size_t>(most_points);
  const std::size_t group = std::max<std::size_t>(1, (rows.size() + most - 1) / most);
  std::vector<std::string> keys;  // in order of appearance
  std::map<std::string, std::vector<Value>> columns;
  const std::size_t points = (rows.size() + group - 1) / group;
  for (std::size_t point = 0; point < points; ++point) {
    std::map<std::string, std::pair<double, std::int64_t>> sums;
    for (std::size_t index = point * group; index < std::min(rows.size(), (point + 1) * group); ++index) {
      for (const auto& [key, value] : rows[index].object()) {
        if (!value.is_number() || !std::isfinite(value.number())) continue;
        if (columns.try_emplace(key, points).second) keys.push_back(key);
        auto& [sum, count] = sums[key];
        const bool position = key == "step" || key == "kimg";
        sum = position ? value.number() : sum + value.number();
        count = position ? 1 : count + 1;
      }
    }
    for (const auto& [key, sum] : sums) {
      columns[key][point] = key == "step" ? Value(sum.first) : rounded(sum.first / static_cast<double>(sum.second));
    }
  }
  Value::Object ordered;
  for (const std::string& key : keys) ordered.emplace_back(key, std::move(columns[key]));
  return Value::Object{{"rows_per_point", static_cast<std::int64_t>(group)}, {"columns", std::move(ordered)}};
}

/// The training rows, which have no "kind".
std::vector<Value> training_rows(const std::vector<Value>& rows) {
  std::vector<Value> found;
  double last = -1;
  for (const Value& row : rows) {
    if (row.find("kind") != nullptr) continue;
    const std::optional<double> step = detail::number_at(row, {"step"});
    if (step && !(*step > last)) continue;  // there twice, or out of order
    last = step.value_or(last);
    found.push_back(row);
  }
  return found;
}

/// [{name, lower_is_better, target, fakes, reals, data, extractor, resize, step: [], kimg: [], value: [], spread: []}]:
/// one entry for each setting in which a metric was measured, with its values by step; if there are two for one step,
/// the later row counts. If there are more than `most_points` steps, evenly spaced ones are kept, including the first
/// and the last; values are not averaged, since each was measured on one generator. See evaluation_row.hpp for the
/// rows.
Value metric_series(const std::vector<Value>& rows, std::int64_t most_points, Value::Array& notes) {
  struct Point {
    Value kimg, value, spread;
  };
  std::vector<std::pair<Value, std::map<double, Point>>> series;
  const auto member = [](const Value& table, std::string_view key) {
    const Value* const found = table.find(key);
    return found == nullptr ? Value() : *found;
  };
  for (const Value& row : rows) {
    const Value step = member(row, "step");
    const Value list = member(row, row.find("metrics") != nullptr ? "metrics" : "figures");  // the older name
    if (member(row, "kind") != Value(evaluation_kind) || !step.is_number() || !list.is_array()) continue;
    for (const Value& metric : list.array()) {
      const Value value = member(metric, "value"), spread = member(metric, "spread");
      if (!member(metric, "name").is_string() || !value.is_number()) continue;
      Value setting = Value::Object{};
      for (const char* key : {"name", "lower_is_better", "target", "fakes", "reals", "data", "extractor", "resize"})
        setting.set(key, member(metric, key));
      auto found = std::ranges::find(series, setting, [](const auto& entry) { return entry.first; });
      if (found == series.end()) {
        series.emplace_back(setting, std::map<double, Point>{});
        found = std::prev(series.end());
      }
      found->second[step.number()] = {member(row, "kimg"), value, spread.is_number() ? spread : Value()};
    }
  }
  Value::Array result;
  std::size_t most_taken = 0;
  for (auto& [setting, points] : series) {
    const std::vector<std::pair<double, Point>> by_step(points.begin(), points.end());
    most_taken = std::max(most_taken, by_step.size());
    Value::Array steps, kimgs, values, spreads;
    for (const std::size_t index : evenly_spaced(by_step.size(), static_cast<std::size_t>(most_points))) {
      const auto& [step, point] = by_step[index];
      steps.push_back(step);
      kimgs.push_back(point.kimg);
      values.push_back(point.value);
      spreads.push_back(point.spread);
    }
    setting.set("step", std::move(steps));
    setting.set("kimg", std::move(kimgs));
    setting.set("value", std::move(values));
    setting.set("spread", std::move(spreads));
    result.push_back(std::move(setting));
  }
  if (most_taken > static_cast<std::size_t>(most_points))
    notes.push_back(fmt::format("{} of {} evaluations are shown, evenly spaced; all are in metrics.jsonl.", most_points,
                                most_taken));
  return result;
}

/// {total, kinds: {kind: count}, latest: [{step, kind, message}]}
Value warnings(const std::vector<Value>& rows, const ReportOptions& options) {
  Value kinds = Value::Object{};
  for (const Value& row : rows) {
    const std::string name = detail::text_at(row, {"kind"}).value_or("other");
    const Value* const count = kinds.find(name);
    kinds.set(name, count == nullptr ? 1 : count->integer() + 1);
  }
  const auto kept = std::min(rows.size(), static_cast<std::size_t>(std::max<std::int64_t>(options.warnings, 0)));
  return Value::Object{{"total", static_cast<std::int64_t>(rows.size())},
                       {"kinds", std::move(kinds)},
                       {"latest", Value::Array(rows.end() - static_cast<std::ptrdiff_t>(kept), rows.end())}};
}

Value run_description(const fs::path& path, Value::Array& notes) {
  if (!fs::exists(path)) {
    notes.push_back("There is no run.json: the recipe and the machine are unknown.");
    return Value::Object{};
  }
  try {
    require_regular_file(path);
    Value run = parse_json(read_file(path), path.string());
    if (run.is_object()) return run;
    notes.push_back("run.json holds no object: the recipe and the machine are unknown.");
  } catch (const Error& error) {
    notes.push_back(std::string(error.what()));
  }
  return Value::Object{};
}

/// The attributes measured on a run's avatars (docs/metrics.md), or null.
Value avatars(const fs::path& path, Value::Array& notes) {
  if (!fs::exists(path)) return {};
  try {
    require_regular_file(path);
    return parse_json(read_file(path), path.string());
  } catch (const Error& error) {
    notes.emplace_back(fmt::format("avatars.json could not be read: {}", error.what()));
    return {};
  }
}

}  // namespace

Value training_curves(const fs::path& metrics, std::int64_t points) {
  return curves(training_rows(read_metrics(metrics).rows), points);
}

Value report_data(const fs::path& run_folder, const ReportOptions& options) {
  if (!fs::is_directory(run_folder)) throw Error("there is no run folder " + run_folder.string());
  detail::require_at_least(options.points, 1, "report: points");
  detail::require_at_least(options.grids, 0, "report: grids");
  Value::Array notes;
  Value data = Value::Object{};
  data.set("run", run_description(run_folder / "run.json", notes));
  data.set("folder", run_folder.lexically_normal().string());
  const std::vector<Value> rows = rows_of(run_folder / "metrics.jsonl", "metrics.jsonl", notes).rows;
  data.set("curves", curves(training_rows(rows), options.points));
  data.set("metrics", metric_series(rows, options.points, notes));
  data.set("grids", grids(run_folder / "samples", options, notes));
  data.set("warnings", warnings(rows_of(run_folder / "warnings.jsonl", "warnings.jsonl", notes).rows, options));
  const std::vector<StepFile> checkpoints = step_files(run_folder / "checkpoints", ".safetensors");
  data.set("checkpoint",
           checkpoints.empty()
               ? Value()
               : Value((run_folder / "checkpoints" / checkpoints.back().path.filename()).lexically_normal().string()));
  data.set("avatars", avatars(run_folder / "avatars.json", notes));
  data.set("tensorboard", fs::is_directory(run_folder / "tensorboard"));
  data.set("notes", std::move(notes));
  return data;
}

}  // namespace cspgan
