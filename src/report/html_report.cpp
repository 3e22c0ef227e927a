// Puts the template, its style, its scripts and the data of a run into one HTML file.
#include "cspgan/report/html_report.hpp"

#include <map>
#include <string_view>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "report_data.hpp"

namespace cspgan {
namespace {

constexpr std::string_view page_template =
#include "embedded/report_page.html.inc"
    ;
constexpr std::string_view page_style =
#include "embedded/report_page.css.inc"
    ;
constexpr std::string_view page_script =
#include "embedded/report_page.js.inc"
    ;
constexpr std::string_view charts_script =
#include "embedded/report_charts.js.inc"
    ;
constexpr std::string_view recipe_script =
#include "embedded/report_recipe.js.inc"
    ;

/// Text for the inside of an element or a quoted attribute.
std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char character : text) {
    switch (character) {
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '&':
        escaped += "&amp;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += character;
    }
  }
  return escaped;
}

/// JSON for the inside of a <script> element, where only "<" can start something else ("</script", "<!--"). It occurs
/// within JSON strings alone, which know it by its number too.
std::string escape_script_json(std::string_view json) {
  std::string escaped;
  escaped.reserve(json.size());
  for (const char character : json) {
    if (character == '<') {
      escaped += "\\u003c";
    } else {
      escaped += character;
    }
  }
  return escaped;
}

/// Replaces each {{name}} of the template once; what is put in is not searched again.
std::string fill(std::string_view text, const std::map<std::string_view, std::string_view>& values) {
  std::string page;
  while (true) {
    const std::size_t open = text.find("{{");
    page += text.substr(0, open);
    if (open == std::string_view::npos) return page;
    const std::size_t close = text.find("}}", open);
    const std::string_view name = text.substr(open + 2, close - open - 2);
    const auto value = values.find(name);
    if (close == std::string_view::npos || value == values.end()) {
      throw Error("the report's template has an unknown field: " + std::string(name));
    }
    page += value->second;
    text.remove_prefix(close + 2);
  }
}

}  // namespace

std::string html_report(const std::filesystem::path& run_folder, const ReportOptions& options) {
  const Value data = report_data(run_folder, options);
  const Value* const name = data.at("run").find("name");
  const std::string title = name != nullptr && name->is_string() ? name->string() : "A training run";
  return fill(page_template, {{"title", escape_html(title)},
                              {"style", page_style},
                              {"data", escape_script_json(to_json(data))},
                              {"charts", charts_script},
                              {"recipe", recipe_script},
                              {"script", page_script}});
}

std::filesystem::path write_html_report(const std::filesystem::path& run_folder, const ReportOptions& options) {
  const std::filesystem::path path = run_folder / "report.html";
  write_file_atomically(path, html_report(run_folder, options), Durability::cached);
  return path;
}

}  // namespace cspgan
