// A tree of plain values, for options, recipes and run.json. Its text form is JSON.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace [[gnu::visibility("default")]] cspgan {

/// null, bool, integer (int64), number, string, array or object; an object keeps the order in which keys were set.
class Value {
 public:
  using Array = std::vector<Value>;
  using Object = std::vector<std::pair<std::string, Value>>;

  Value() = default;
  Value(std::nullptr_t) {}
  Value(std::same_as<bool> auto boolean) : data_(boolean) {}  // a plain bool would also take pointers
  Value(std::int64_t integer) : data_(integer) {}
  Value(int integer) : data_(std::int64_t{integer}) {}
  /// Takes any other integer type. Throws Error above 2^63 - 1.
  template <std::integral I>
  requires(!std::same_as<I, bool>) Value(I integer) : data_(checked(integer)) {}
  Value(double number) : data_(number) {}
  Value(std::string text) : data_(std::move(text)) {}
  Value(std::string_view text) : data_(std::string(text)) {}
  Value(const char* text) : data_(std::string(text)) {}
  Value(Array array) : data_(std::move(array)) {}
  Value(Object object) : data_(std::move(object)) {}

  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  bool is_bool() const { return std::holds_alternative<bool>(data_); }
  bool is_integer() const { return std::holds_alternative<std::int64_t>(data_); }
  bool is_number() const { return is_integer() || std::holds_alternative<double>(data_); }
  bool is_string() const { return std::holds_alternative<std::string>(data_); }
  bool is_array() const { return std::holds_alternative<Array>(data_); }
  bool is_object() const { return std::holds_alternative<Object>(data_); }

  // Each throws Error naming the kind found if the value is of another kind.
  bool boolean() const;
  std::int64_t integer() const;
  double number() const;  // also for integers
  const std::string& string() const;
  const Array& array() const;
  const Object& object() const;

  /// The member of an object, or nullptr; nullptr for any other kind of value.
  const Value* find(std::string_view key) const;
  /// The member of an object; throws Error naming the key if it is missing.
  const Value& at(std::string_view key) const;
  /// Sets or adds a member; a null value becomes an object first. Looks through all members: to make an object of
  /// thousands, fill an Object and make a Value of it.
  Value& set(std::string_view key, Value value);
  /// The member, added as null if it is missing; a null value becomes an object first.
  Value& operator[](std::string_view key);

  /// "null", "true or false", "an integer", ...: for messages.
  std::string_view kind() const;

  friend bool operator==(const Value&, const Value&) = default;

 private:
  template <std::integral I>
  static std::int64_t checked(I integer) {
    if (!std::in_range<std::int64_t>(integer)) fail_too_large(integer);
    return static_cast<std::int64_t>(integer);
  }
  [[noreturn]] static void fail_too_large(std::uint64_t integer);

  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> data_;
};

/// JSON text; `indent` < 0 gives one line. Infinity and NaN become null.
std::string to_json(const Value& value, int indent = -1);

/// Throws Error with the position of the first byte that is not JSON, and if an object has a key twice, a number is out
/// of range, or the nesting is deeper than 100. `where` names the origin of the text in the message. Takes time linear
/// in the length of the text, whatever it holds.
Value parse_json(std::string_view text, std::string_view where);

/// The text as it comes back from a JSON file: bytes that are not UTF-8 have become U+FFFD.
std::string text_in_json(std::string_view text);

}  // namespace cspgan
