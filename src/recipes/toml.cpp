// TOML through toml++.
#include "recipes/toml.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <sstream>

#include "cspgan/core/error.hpp"

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

void insert(toml::table& table, const std::string& key, const Value& value);

void append(toml::array& array, const Value& value) {
  toml::table holder;
  insert(holder, "value", value);
  if (auto* node = holder.get("value")) node->visit([&](auto&& concrete) { array.push_back(concrete); });
}

void insert(toml::table& table, const std::string& key, const Value& value) {
  if (value.is_bool()) table.insert(key, value.boolean());
  if (value.is_integer())
    table.insert(key, value.integer());
  else if (value.is_number())
    table.insert(key, value.number());
  if (value.is_string()) table.insert(key, value.string());
  if (value.is_array()) {
    toml::array array;
    for (const Value& element : value.array()) append(array, element);
    table.insert(key, std::move(array));
  }
  if (value.is_object()) {
    toml::table inner;
    for (const auto& [name, member] : value.object()) insert(inner, name, member);
    table.insert(key, std::move(inner));
  }
}

}  // namespace

Value parse_toml(std::string_view text, std::string_view where) {
  try {
    return from_node(toml::parse(text), where);
  } catch (const toml::parse_error& error) {
    throw OptionError(fmt::format("{}:{}:{}: {}", where, error.source().begin.line, error.source().begin.column,
                                  error.description()));
  }
}

Value parse_toml_value(std::string_view text) {
  try {
    const Value document = from_node(toml::parse(fmt::format("value = {}", text)), "value");
    if (document.object().size() == 1) return document.at("value");
  } catch (const toml::parse_error&) {
    // not TOML: a bare word
  }
  return text;
}

std::string to_toml(const Value& value) {
  toml::table table;
  for (const auto& [key, member] : value.object()) insert(table, key, member);
  std::ostringstream text;
  text << table << '\n';
  return text.str();
}

}  // namespace cspgan
