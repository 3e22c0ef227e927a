// Value: access whose errors name the kind found, and JSON.
#include "cspgan/core/value.hpp"

#include <fmt/format.h>

#include <algorithm>
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
    Json::object_t members;  // appended to: looking each key up first would take quadratic time
    members.reserve(value.object().size());
    for (const auto& [key, member] : value.object()) members.emplace_back(key, to_library(member));
    return members;
  }
  return nullptr;
}

/// Makes a Value from the events of the JSON parser. The text may be hostile: members are appended, and keys are
/// compared once the object is complete, so the time is that of a sort, not quadratic.
class ValueBuilder : public nlohmann::json_sax<Json> {
 public:
  explicit ValueBuilder(std::string_view where) : where_(where) {}

  Value take() { return std::move(result_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(std::int64_t{value}); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<std::uint64_t>(INT64_MAX)) return add(static_cast<double>(value));
    return add(static_cast<std::int64_t>(value));
  }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }  // not in JSON

  bool start_object(std::size_t) override { return open(true); }
  bool start_array(std::size_t) override { return open(false); }
  bool key(string_t& value) override {
    open_.back().members.emplace_back(std::move(value), Value());
    return true;
  }
  bool end_object() override {
    refuse_repeated_keys(open_.back().members);
    return close(std::move(open_.back().members));
  }
  bool end_array() override { return close(std::move(open_.back().elements)); }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    if (dynamic_cast<const Json::parse_error*>(&error) != nullptr)
      throw Error(fmt::format("{}: not JSON at byte {}", where_, position));
    throw Error(fmt::format("{}: JSON with a number that is out of range", where_));
  }

 private:
  /// An array or object whose end has not come yet.
  struct Open {
    bool is_object;
    Value::Array elements;
    Value::Object members;  // the last one's value is still to come after its key
  };

  bool add(Value value) {
    if (open_.empty())
      result_ = std::move(value);
    else if (open_.back().is_object)
      open_.back().members.back().second = std::move(value);
    else
      open_.back().elements.push_back(std::move(value));
    return true;
  }

  bool open(bool is_object) {
    constexpr std::size_t deepest = 100;  // values are walked by recursion
    if (open_.size() == deepest) throw Error(fmt::format("{}: JSON nested deeper than {}", where_, deepest));
    open_.push_back({is_object, {}, {}});
    return true;
  }

  bool close(Value value) {
    open_.pop_back();
    return add(std::move(value));
  }

  void refuse_repeated_keys(const Value::Object& members) const {
    std::vector<std::string_view> keys;
    keys.reserve(members.size());
    for (const auto& [key, value] : members) keys.push_back(key);
    std::ranges::sort(keys);
    const auto repeated = std::ranges::adjacent_find(keys);
    if (repeated != keys.end()) throw Error(fmt::format("{}: a JSON object has the key '{}' twice", where_, *repeated));
  }

  std::string_view where_;
  std::vector<Open> open_;
  Value result_;
};

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

void Value::fail_too_large(std::uint64_t integer) {
  throw Error(fmt::format("{} is too large: integers go up to {}", integer, INT64_MAX));
}

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
  // The parser takes a zero byte for the end of the text, and would not look at what follows.
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos)
    throw Error(fmt::format("{}: not JSON at byte {}", where, zero + 1));
  ValueBuilder builder(where);
  Json::sax_parse(text, &builder);
  return builder.take();
}

std::string text_in_json(std::string_view text) { return parse_json(to_json(Value(text)), "text").string(); }

}  // namespace cspgan
