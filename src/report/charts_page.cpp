// What the pages about runs share.
#include "report/charts_page.hpp"

#include "core/html_page.hpp"

namespace cspgan {
namespace {

constexpr std::string_view page_style =
#include "embedded/report_page.css.inc"
    ;
constexpr std::string_view common_script =
#include "embedded/report_common.js.inc"
    ;
constexpr std::string_view charts_script =
#include "embedded/report_charts.js.inc"
    ;
constexpr std::string_view recipe_text =
#include "embedded/report_recipe.js.inc"
    ;

}  // namespace

std::string charts_page(std::string_view body, std::string_view title, const Value& data,
                        std::vector<std::string_view> scripts, std::string_view style) {
  scripts.insert(scripts.begin(), {common_script, charts_script});
  const std::string styles = std::string(page_style).append(style);
  return detail::html_page({.title = title, .body = body, .style = styles, .data = data, .scripts = scripts});
}

std::string_view recipe_script() { return recipe_text; }

}  // namespace cspgan
