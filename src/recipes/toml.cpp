// TOML: read by toml++, written here in the order of the tables and with the shortest numbers.
#include "recipes/toml.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
// Its parser asserts on some damaged files that it then refuses.
#undef TOML_ASSERT
#define TOML_ASSERT(condition) static_assert(true)
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"

namespace cspgan {

namespace {

Value from_node(const toml::node& node, std::string_view where) {
  if (const auto* table = node.as_table()) {
    Value object{Value::Object{}};
    for (const auto& [key, member] : *table) object.set(key.str(), from_node(member, where));
    return object;
  }
  if (const auto* elements = node.as_array()) {
    Value::Array array;
    for (const auto& element : *elements) array.push_back(from_node(element, where));
    return array;
  }
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* integer = node.as_integer()) return integer->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* boolean = node.as_boolean()) return boolean->get();
  throw OptionError(fmt::format("{}:{}: dates and times have no meaning here", where, node.source().begin.line));
}

bool is_table_array(const Value& value) {
  return value.is_array() && !value.array().empty() && std::ranges::all_of(value.array(), &Value::is_object);
}

/// On one line. JSON's scalars are TOML's, but for U+007F and what is not finite.
std::string inline_text(const Value& value);

std::string key_text(std::string_view key) {
  const bool bare = !key.empty() && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  return bare ? std::string(key) : inline_text(key);
}

std::string inline_text(const Value& value) {
  std::vector<std::string> parts;
  if (value.is_array()) {
    for (const Value& element : value.array()) parts.push_back(inline_text(element));
    return fmt::format("[{}]", fmt::join(parts, ", "));
  }
  if (value.is_object()) {
    for (const auto& [key, member] : value.object())
      if (!member.is_null()) parts.push_back(fmt::format("{} = {}", key_text(key), inline_text(member)));
    return fmt::format("{{{}}}", fmt::join(parts, ", "));
  }
  if (value.is_number() && !std::isfinite(value.number())) return fmt::format("{}", value.number());  // inf, -inf, nan
  std::string text = to_json(value);
  for (std::size_t at = 0; (at = text.find('\x7f', at)) != std::string::npos;) text.replace(at, 1, "\\u007f");
  return text;
}

/// Keys first, then the tables below under headings of their own.
void append_table(std::string& text, const Value& table, const std::string& path) {
  for (const auto& [key, value] : table.object())
    if (!value.is_null() && !value.is_object() && !is_table_array(value))
      text += fmt::format("{} = {}\n", key_text(key), inline_text(value));
  for (const auto& [key, value] : table.object()) {
    const std::string here = path + key_text(key);
    if (value.is_object()) {
      text += fmt::format("\n[{}]\n", here);
      append_table(text, value, here + ".");
    }
    if (!is_table_array(value)) continue;
    for (const Value& element : value.array()) {
      text += fmt::format("\n[[{}]]\n", here);
      append_table(text, element, here + ".");
    }
  }
}

/// Where the string that begins at `begin` ends.
std::size_t end_of_string(std::string_view text, std::size_t begin) {
  const char quote = text[begin];
  const std::string three(3, quote);
  const bool several_lines = text.substr(begin, 3) == three;
  std::size_t i = begin + (several_lines ? 3 : 1);
  for (; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (several_lines ? text.substr(i, 3) == three : text[i] == quote || text[i] == '\n') {
      i += several_lines ? 3 : 1;
      for (int more = 0; several_lines && more < 2 && i < text.size() && text[i] == quote; ++more) ++i;
      break;
    }
  }
  return std::min(i, text.size());
}

/// The first dot of a key with more parts than any recipe has, outside of strings: toml++ goes one call deeper for
/// each.
std::size_t first_deep_key(std::string_view text) {
  constexpr int most = 64;
  int dots = 0;
  std::size_t i = 0;
  while (i < text.size()) {
    if (text[i] == '#') {
      i = std::min(text.find('\n', i), text.size());
    } else if (text[i] == '"' || text[i] == '\'') {
      i = end_of_string(text, i);
    } else {
      if (text[i] == '\n' || text[i] == ',' || text[i] == '=') dots = 0;
      if (text[i] == '.' && ++dots > most) return i;
      ++i;
    }
  }
  return std::string_view::npos;
}

/// The first byte that is not ASCII outside of strings and comments. TOML allows none there, and toml++ 3.3 asks of it
/// whether it is a space in a way that is undefined for most.
std::size_t first_stray_character(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    if (text[i] == '#')
      i = std::min(text.find('\n', i), text.size());
    else if (text[i] == '"' || text[i] == '\'')
      i = end_of_string(text, i);
    else if (static_cast<unsigned char>(text[i]) >= 0x80)
      return i;
    else
      ++i;
  }
  return std::string_view::npos;
}

}  // namespace

Value parse_toml(std::string_view given, std::string_view where) {
  const std::string plain = plain_text(std::string(given), where);
  const std::string_view text = plain;
  if (const std::size_t stray = first_stray_character(text); stray != std::string_view::npos)
    throw OptionError(fmt::format("{}:{}: a letter or space that is not ASCII stands outside of quotes and comments",
                                  where, 1 + std::ranges::count(text.substr(0, stray), '\n')));
  if (const std::size_t deep = first_deep_key(text); deep != std::string_view::npos)
    throw OptionError(
        fmt::format("{}:{}: a key has too many parts", where, 1 + std::ranges::count(text.substr(0, deep), '\n')));
  try {
    return from_node(toml::parse(text), where);
  } catch (const toml::parse_error& error) {
    throw OptionError(fmt::format("{}:{}:{}: {}", where, error.source().begin.line, error.source().begin.column,
                                  error.description()));
  }
}

Value parse_toml_value(std::string_view text) {
  if (first_stray_character(text) != std::string_view::npos || first_deep_key(text) != std::string_view::npos)
    return text;  // a bare word
  try {
    const Value document = from_node(toml::parse(fmt::format("value = {}", text)), "value");
    if (document.object().size() == 1) return document.at("value");
  } catch (const toml::parse_error&) {
    // not TOML: a bare word
  }
  return text;
}

std::string to_toml(const Value& value) {
  std::string text;
  append_table(text, value, "");
  return text;
}

}  // namespace cspgan
