// From a template, scripts and data to one HTML file; shared by all pages.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "cspgan/core/value.hpp"

namespace cspgan {

/// Text for the inside of an element or a quoted attribute.
std::string escape_html(std::string_view text);

/// Fills a page's template: {{title}}, {{data}}, and what pages share ({{style}}, {{common}}, {{charts}}) or bring
/// themselves (`parts`, by name). Throws Error naming an unknown field.
std::string fill_page(std::string_view page_template, std::string_view title, const Value& data,
                      const std::map<std::string_view, std::string_view>& parts);

}  // namespace cspgan
