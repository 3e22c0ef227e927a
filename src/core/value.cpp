// Value: access with errors that name the kind found, and its JSON form.
#include "cspgan/core/value.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cspgan/core/error.hpp"

namespace cspgan {

namespace {

using Json = nlohmann::ordered_json;

template <class T>
const T& get(
    const std::variant<std::monostate, bool, std::int64_t, double, std::string, Value::Array, Value::Object>& data,
    std::string_view expected, const Value& value) {
  if (const T* found = std::get_if<T>(&data)) return *found;
  throw Error(fmt::format("expected {}, found {}", expected, value.kind()));
}

Json to_library(const Value& value) {
  if (value.is_bool()) return value.boolean();
  if (value.is_integer()) return value.integer();
  if (value.is_number()) return value.number();
  if (value.is_string()) return value.string();
  if (value.is_array()) {
    Json array = Json::array();
    for (const auto& element : value.array()) array.push_back(to_library(element));
    return array;
  }
  if (value.is_object()) {
    Json object = Json::object();
    for (const auto& [key, member] : value.object()) object[key] = to_library(member);
    return object;
  }
  return nullptr;
}

Value from_library(const Json& json) {
  switch (json.type()) {
    case Json::value_t::boolean:
      return json.get<bool>();
    case Json::value_t::number_integer:
      return json.get<std::int64_t>();
    case Json::value_t::number_unsigned: {
      const auto number = json.get<std::uint64_t>();
      if (number > static_cast<std::uint64_t>(INT64_MAX)) return static_cast<double>(number);
      return static_cast<std::int64_t>(number);
    }
    case Json::value_t::number_float:
      return json.get<double>();
    case Json::value_t::string:
      return json.get<std::string>();
    case Json::value_t::array: {
      Value::Array array;
      for (const auto& element : json) array.push_back(from_library(element));
      return array;
    }
    case Json::value_t::object: {
      Value object{Value::Object{}};
      for (const auto& [key, member] : json.items()) object.set(key, from_library(member));
      return object;
    }
    default:
      return nullptr;
  }
}

}  // namespace

bool Value::boolean() const { return get<bool>(data_, "true or false", *this); }
std::int64_t Value::integer() const { return get<std::int64_t>(data_, "an integer", *this); }
double Value::number() const {
  return is_integer() ? static_cast<double>(integer()) : get<double>(data_, "a number", *this);
}
const std::string& Value::string() const { return get<std::string>(data_, "a string", *this); }
const Value::Array& Value::array() const { return get<Array>(data_, "an array", *this); }
const Value::Object& Value::object() const { return get<Object>(data_, "an object", *this); }

const Value* Value::find(std::string_view key) const {
  if (const Object* object = std::get_if<Object>(&data_))
    for (const auto& [name, member] : *object)
      if (name == key) return &member;
  return nullptr;
}

const Value& Value::at(std::string_view key) const {
  if (const Value* found = find(key)) return *found;
  throw Error(fmt::format("'{}' is missing", key));
}

Value& Value::operator[](std::string_view key) {
  if (is_null()) data_ = Object{};
  if (!is_object()) throw Error(fmt::format("'{}' cannot be set in {}", key, kind()));
  auto& object = std::get<Object>(data_);
  for (auto& [name, member] : object)
    if (name == key) return member;
  return object.emplace_back(std::string(key), Value()).second;
}

Value& Value::set(std::string_view key, Value value) { return (*this)[key] = std::move(value); }

std::string_view Value::kind() const {
  if (is_bool()) return "true or false";
  if (is_integer()) return "an integer";
  if (is_number()) return "a number";
  if (is_string()) return "a string";
  if (is_array()) return "an array";
  if (is_object()) return "an object";
  return "null";
}

std::string to_json(const Value& value, int indent) {
  return to_library(value).dump(indent, ' ', false, Json::error_handler_t::replace);
}

Value parse_json(std::string_view text, std::string_view where) {
  constexpr int deepest = 100;  // what is read may be hostile, and values are walked by recursion
  const auto limit_depth = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > deepest) throw Error(fmt::format("{}: JSON nested deeper than {}", where, deepest));
    return true;
  };
  try {
    return from_library(Json::parse(text, limit_depth));
  } catch (const Json::parse_error& error) {
    throw Error(fmt::format("{}: not JSON at byte {}", where, error.byte));
  } catch (const Json::exception&) {
    throw Error(fmt::format("{}: JSON with a number that is out of range", where));
  }
}

}  // namespace cspgan
