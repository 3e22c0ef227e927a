// Builds one HTML file from a template, scripts and data; shared by all pages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/value.hpp"

namespace cspgan {

/// Escapes text for use inside an element or a quoted attribute.
std::string escape_html(std::string_view text);

/// A page made of `body`, whose {{title}} is filled in, within the frame common to all pages: style, data, the shared
/// scripts, and the page's own `scripts`, in this order. Throws Error naming an unknown field.
std::string fill_page(std::string_view body, std::string_view title, const Value& data,
                      std::vector<std::string_view> scripts);

}  // namespace cspgan
