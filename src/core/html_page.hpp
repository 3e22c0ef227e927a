// Builds one HTML file, which asks nothing of a network, from a template, a style, scripts and data; shared by all
// pages. Private to the library's sources.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cspgan/core/value.hpp"

namespace [[gnu::visibility("default")]] cspgan {  // for the other libraries of a shared build
namespace detail {

struct HtmlPage {
  std::string_view title;
  std::string_view body;   // {{title}} is filled in
  std::string_view style;  // after the look that all pages share
  const Value& data;       // the element #data, as JSON
  std::vector<std::string_view> scripts{};
  std::vector<std::pair<std::string_view, std::string_view>>
      texts{};  // ids and texts, without "</script", for the scripts
  /// What the browser lets the page do.
  std::string_view policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
};

/// Throws Error naming an unknown field.
std::string html_page(const HtmlPage& page);

std::string base64(std::string_view bytes);

}  // namespace detail
}  // namespace cspgan
