// From a template, scripts and data to one HTML file; shared by all pages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/value.hpp"

namespace cspgan {

/// Text for the inside of an element or a quoted attribute.
std::string escape_html(std::string_view text);

/// A page with its {{title}} in `body`, which stands in the frame of all pages: style, data, the scripts they share,
/// and the page's own `scripts`, in their order. Throws Error naming an unknown field.
std::string fill_page(std::string_view body, std::string_view title, const Value& data,
                      std::vector<std::string_view> scripts);

}  // namespace cspgan
