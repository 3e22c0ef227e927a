// Combines a template, the style, scripts and data in one HTML file.
#include "core/html_page.hpp"

#include <fmt/format.h>

#include <map>

#include "cspgan/core/error.hpp"

namespace cspgan {
namespace {

constexpr std::string_view page_frame =
#include "embedded/page_frame.html.inc"
    ;
constexpr std::string_view look =
#include "embedded/page_look.css.inc"
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
      throw Error("the template of a page has an unknown field: " + std::string(name));
    }
    page += value->second;
    text.remove_prefix(close + 2);
  }
}

/// Text for use inside an element or a quoted attribute.
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

}  // namespace

std::string detail::base64(std::string_view bytes) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text.push_back(i + j <= bytes.size() ? alphabet[group >> (18 - 6 * j) & 63] : '=');
    }
  }
  return text;
}

std::string detail::html_page(const HtmlPage& page) {
  std::string scripts;
  for (const auto& [id, text] : page.texts)
    scripts.append(fmt::format("<script type=\"text/plain\" id=\"{}\">{}</script>\n", id, text));
  for (const std::string_view script : page.scripts)
    scripts.append("<script>\n").append(script).append("\n</script>\n");
  const std::string title = escape_html(page.title), data = escape_script_json(to_json(page.data));
  const std::string body = fill(page.body, {{"title", title}}), style = std::string(look).append(page.style);
  return fill(page_frame, {{"policy", page.policy},
                           {"title", title},
                           {"style", style},
                           {"body", body},
                           {"data", data},
                           {"scripts", scripts}});
}

}  // namespace cspgan
