// The page that compares several runs.
#include "cspgan/report/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "cspgan/core/differences.hpp"
#include "cspgan/core/error.hpp"
#include "report/charts_page.hpp"
#include "report/report_data.hpp"

namespace cspgan {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view comparison_body =
#include "embedded/compare_page.html.inc"
    ;
constexpr std::string_view comparison_script =
#include "embedded/compare_page.js.inc"
    ;

/// The folders' names if they are distinct, else the paths as they were given.
std::vector<std::string> labels(const std::vector<fs::path>& folders) {
  std::vector<std::string> names;
  for (const fs::path& folder : folders) {
    const fs::path whole = fs::absolute(folder).lexically_normal();
    names.push_back(whole.has_filename() ? whole.filename().string() : whole.parent_path().filename().string());
  }
  if (std::set(names.begin(), names.end()).size() == names.size()) return names;
  for (std::size_t i = 0; i < folders.size(); ++i) names[i] = folders[i].lexically_normal().string();
  return names;
}

/// [{option, values: one per run, null if it has no such option}]: the options that differ between the runs, except
/// names and paths.
Value differing_options(const std::vector<Value>& runs) {
  static constexpr std::array elsewhere{"name", "summary", "parent", "out", "resume"};
  std::vector<std::vector<std::pair<std::string, Value>>> leaves;
  std::vector<std::string> paths;  // in order of appearance
  std::set<std::string> differing;
  const auto recipe_of = [](const Value& run) {
    const Value* const recipe = run.at("run").find("recipe");
    return recipe != nullptr && recipe->is_object() ? *recipe : Value(Value::Object{});
  };
  for (const Value& run : runs) {
    leaves.push_back(flatten(recipe_of(run)));
    for (const auto& [path, value] : leaves.back())
      if (std::ranges::find(paths, path) == paths.end()) paths.push_back(path);
    for (const Difference& difference : differences(recipe_of(runs.front()), recipe_of(run)))
      differing.insert(difference.option);
  }
  Value::Array options;
  for (const std::string& path : paths) {
    if (!differing.contains(path) || std::ranges::find(elsewhere, path) != elsewhere.end()) continue;
    Value::Array values;
    for (const auto& of_run : leaves) {
      const auto found = std::ranges::find(of_run, path, [](const auto& leaf) { return leaf.first; });
      values.push_back(found == of_run.end() ? Value() : found->second);
    }
    options.push_back(Value::Object{{"option", path}, {"values", std::move(values)}});
  }
  return options;
}

}  // namespace

std::string html_comparison(const std::vector<fs::path>& run_folders, const ComparisonOptions& options) {
  if (run_folders.size() < 2)
    throw OptionError(fmt::format("a comparison takes two or more runs, not {}", run_folders.size()));
  std::set<fs::path> seen;
  std::vector<Value> runs;
  const std::vector<std::string> names = labels(run_folders);
  for (std::size_t i = 0; i < run_folders.size(); ++i) {
    const fs::path& folder = run_folders[i];
    Value run = report_data(
        folder, {.grids = options.grids, .grid_bytes = options.grid_bytes, .points = options.points, .warnings = 0});
    if (!seen.insert(fs::canonical(folder)).second)
      throw OptionError(fmt::format("'{}' is given twice", folder.string()));
    if (!fs::exists(folder / "run.json") && !fs::exists(folder / "metrics.jsonl"))
      throw Error(
          fmt::format("'{}' is not a run's folder: it holds neither run.json nor metrics.jsonl", folder.string()));
    run.set("label", names[i]);
    runs.push_back(std::move(run));
  }
  Value data = Value::Object{{"options", differing_options(runs)}};
  data.set("runs", Value::Array(runs.begin(), runs.end()));
  return charts_page(comparison_body, fmt::format("{} runs compared", runs.size()), data, {comparison_script});
}

}  // namespace cspgan
