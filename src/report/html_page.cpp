// Combines a template, the style, scripts and data in one HTML file.
#include "report/html_page.hpp"

#include <map>

#include "cspgan/core/error.hpp"

namespace cspgan {
namespace {

constexpr std::string_view page_frame =
#include "embedded/page_frame.html.inc"
    ;
constexpr std::string_view page_style =
#include "embedded/report_page.css.inc"
    ;
constexpr std::string_view common_script =
#include "embedded/report_common.js.inc"
    ;
constexpr std::string_view charts_script =
#include "embedded/report_charts.js.inc"
    ;

/// JSON for use inside a <script> element, in which only "<" can start something else ("</script", "<!--"). It occurs
/// only within JSON strings, in which it can be escaped by its code.
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

/// Replaces each {{name}} of the template; the inserted text is not searched again.
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

std::string fill_page(std::string_view body, std::string_view title, const Value& data,
                      std::vector<std::string_view> scripts) {
  scripts.insert(scripts.begin(), {common_script, charts_script});
  std::string script_elements;
  for (const std::string_view script : scripts)
    script_elements.append("<script>\n").append(script).append("\n</script>\n");
  const std::string title_text = escape_html(title), data_text = escape_script_json(to_json(data));
  const std::string body_text = fill(body, {{"title", title_text}});
  return fill(page_frame, {{"title", title_text},
                           {"style", page_style},
                           {"body", body_text},
                           {"data", data_text},
                           {"scripts", script_elements}});
}

}  // namespace cspgan
