// Options are plain aggregates that name each field once, in describe(); JSON, recipes, --help and the docs follow from
// it.
//
//   struct LabelFlips {
//     static constexpr std::string_view name = "label_flips";
//     static constexpr std::string_view summary = "swaps the targets of a share of the images";
//     double probability = 0.05;
//
//     static void describe(auto&& self, auto&& field) {
//       field("probability", self.probability, "share of images, in [0, 1]");
//     }
//     void validate() const { require_within(probability, {0, 1}, "label_flips: probability"); }
//   };
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/core/range.hpp"
#include "cspgan/core/value.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The new name of `word` at this place (an option such as "generator.preset", or "recipe"); "" if it was not renamed.
std::string renamed_word(std::string_view where, std::string_view word);

/// A recipe or a part of one, such as a checkpoint holds, with the options that were renamed since it was written under
/// their present names, at any depth, and without those that were taken out.
Value with_present_names(const Value& value);

namespace detail {
struct AnyField {
  void operator()(std::string_view, auto&, std::string_view) const {}
};
[[noreturn]] void fail_unknown_key(std::string_view where, std::string_view key, const std::vector<std::string>& known);
[[noreturn]] void fail_unknown_word(std::string_view where, std::string_view word,
                                    const std::vector<std::string>& known, std::string_view kind = "");
[[noreturn]] void fail_kind(std::string_view where, std::string_view expected, const Value& found);
[[noreturn]] void fail_too_large(std::string_view where, std::uint64_t found);
std::int64_t integer_within(std::int64_t low, std::int64_t high, const Value& value, std::string_view where);
double finite_number(const Value& value, std::string_view where);
}  // namespace detail

/// An aggregate with `static void describe(auto&& self, auto&& field)`.
template <class T>
concept Described = requires(T& options) {
  std::remove_cvref_t<T>::describe(options, detail::AnyField{});
};

/// Specialize for an enum that is used in options: `static constexpr std::array names{std::pair{E::a, "a"}, ...}`.
template <class E>
struct EnumNames;

template <class E>
concept NamedEnum = std::is_enum_v<E> && requires {
  EnumNames<E>::names;
};

template <NamedEnum E>
constexpr std::string_view enum_name(E value) {
  for (const auto& [candidate, name] : EnumNames<E>::names)
    if (candidate == value) return name;
  return "?";
}

// ---- options -> Value

inline Value to_value(bool value) { return value; }
/// Throws OptionError naming `where` if the integer is above 2^63 - 1 and could not be read back.
template <std::integral I>
requires(!std::same_as<I, bool>) Value to_value(I value, std::string_view where = "an integer") {
  if (!std::in_range<std::int64_t>(value)) detail::fail_too_large(where, value);
  return static_cast<std::int64_t>(value);
}
inline Value to_value(double value) { return value; }
inline Value to_value(const std::string& value) { return value; }
inline Value to_value(const Value& value) { return value; }
inline Value to_value(Range value) { return Value::Array{value.low, value.high}; }
template <NamedEnum E>
Value to_value(E value) {
  return enum_name(value);
}
template <class T>
Value to_value(const std::optional<T>& value);
template <class T>
Value to_value(const std::vector<T>& values);

/// An object with a member for each field, in the order of `describe`.
template <Described T>
Value to_value(const T& options) {
  Value value{Value::Object{}};
  T::describe(options, [&](std::string_view name, const auto& member, std::string_view) {
    if constexpr (requires { to_value(member, name); })
      value.set(name, to_value(member, name));
    else
      value.set(name, to_value(member));
  });
  return value;
}

template <class T>
Value to_value(const std::optional<T>& value) {
  return value ? to_value(*value) : Value();
}

template <class T>
Value to_value(const std::vector<T>& values) {
  Value::Array array;
  for (const auto& value : values) array.push_back(to_value(value));
  return array;
}

// ---- Value -> options. All throw OptionError naming `where`, a path such as "policies.soft_labels.real".

inline void assign(bool& out, const Value& value, std::string_view where) {
  if (!value.is_bool()) detail::fail_kind(where, "true or false", value);
  out = value.boolean();
}
/// A std::uint64_t takes 0 to 2^63 - 1, since a Value holds no more.
template <std::integral I>
void assign(I& out, const Value& value, std::string_view where) {
  constexpr std::int64_t least = std::is_signed_v<I> ? std::int64_t{std::numeric_limits<I>::min()} : 0;
  constexpr I most = std::numeric_limits<I>::max();
  constexpr std::int64_t most_held = std::in_range<std::int64_t>(most) ? static_cast<std::int64_t>(most) : INT64_MAX;
  out = static_cast<I>(detail::integer_within(least, most_held, value, where));
}
/// Refuses infinity and NaN: no option can use them, and JSON cannot hold them.
inline void assign(double& out, const Value& value, std::string_view where) {
  out = detail::finite_number(value, where);
}
inline void assign(std::string& out, const Value& value, std::string_view where) {
  if (!value.is_string()) detail::fail_kind(where, "a string", value);
  out = value.string();
}
inline void assign(Value& out, const Value& value, std::string_view) { out = value; }
inline void assign(Range& out, const Value& value, std::string_view where) {
  if (!value.is_array() || value.array().size() != 2 || !value.array()[0].is_number() || !value.array()[1].is_number())
    detail::fail_kind(where, "two numbers, [low, high]", value);
  out = {detail::finite_number(value.array()[0], where), detail::finite_number(value.array()[1], where)};
}
template <NamedEnum E>
void assign(E& out, const Value& value, std::string_view where) {
  std::vector<std::string> known;
  for (const auto& [candidate, name] : EnumNames<E>::names) {
    if (value.is_string() && value.string() == name) {
      out = candidate;
      return;
    }
    known.emplace_back(name);
  }
  if (!value.is_string()) detail::fail_kind(where, "a string", value);
  detail::fail_unknown_word(where, value.string(), known);
}
template <class T>
void assign(std::optional<T>& out, const Value& value, std::string_view where);
template <class T>
void assign(std::vector<T>& out, const Value& value, std::string_view where);

/// Sets the fields that `value` (an object) names, keeps the others, then calls `validate()` if the type has it.
template <Described T>
void assign(T& out, const Value& value, std::string_view where) {
  if (!value.is_object()) detail::fail_kind(where, "a table", value);
  std::vector<std::string> known;
  T::describe(out, [&](std::string_view name, auto& member, std::string_view) {
    known.emplace_back(name);
    if (const Value* found = value.find(name))
      assign(member, *found, where.empty() ? std::string(name) : std::string(where) + "." + std::string(name));
  });
  for (const auto& [key, unused] : value.object()) {
    bool is_known = false;
    for (const auto& name : known) is_known = is_known || name == key;
    if (!is_known) detail::fail_unknown_key(where, key, known);
  }
  if constexpr (requires { out.validate(); }) out.validate();
}

/// TOML has no null: the word "none" stands for it.
template <class T>
void assign(std::optional<T>& out, const Value& value, std::string_view where) {
  if (value.is_null() || (value.is_string() && value.string() == "none")) {
    out.reset();
    return;
  }
  T inner{};
  assign(inner, value, where);
  out = std::move(inner);
}

template <class T>
void assign(std::vector<T>& out, const Value& value, std::string_view where) {
  if (!value.is_array()) detail::fail_kind(where, "an array", value);
  out.clear();
  for (std::size_t i = 0; i < value.array().size(); ++i) {
    T element{};
    assign(element, value.array()[i], std::string(where) + "[" + std::to_string(i) + "]");
    out.push_back(std::move(element));
  }
}

template <class T>
T from_value(const Value& value, std::string_view where) {
  T options{};
  assign(options, value, where);
  return options;
}

// ---- the fields as --describe and the docs show them

/// A field that is not a table.
struct FieldHelp {
  std::string name;  // a dotted path if the field is in a table: "ema.ramp_up"
  Value default_value;
  std::string help;
  std::vector<std::string> words;  // all words that it accepts, if it is an enum or an array of one
};

namespace detail {
template <class T>
struct Words {
  static std::vector<std::string> get() { return {}; }
};
template <NamedEnum E>
struct Words<E> {
  static std::vector<std::string> get() {
    std::vector<std::string> words;
    for (const auto& [value, name] : EnumNames<E>::names) words.emplace_back(name);
    return words;
  }
};
template <class T>
struct Words<std::optional<T>> : Words<T> {};
template <class T>
struct Words<std::vector<T>> : Words<T> {};
}  // namespace detail

/// The words that an option of type T accepts; empty if T is not an enum or an array of one.
template <class T>
std::vector<std::string> option_words() {
  return detail::Words<T>::get();
}

/// Calls visit(path, member, help) for each field of `options` and of the tables in it, except for the tables
/// themselves.
template <Described T>
void visit_fields(const T& options, const std::string& path, auto&& visit) {
  T::describe(options, [&]<class Member>(std::string_view name, const Member& member, std::string_view help) {
    const std::string here = path.empty() ? std::string(name) : path + "." + std::string(name);
    if constexpr (Described<Member>)
      visit_fields(member, here, visit);
    else
      visit(here, member, help);
  });
}

template <Described T>
std::vector<FieldHelp> field_help() {
  std::vector<FieldHelp> fields;
  visit_fields(T{}, "", [&]<class Member>(const std::string& name, const Member& member, std::string_view help) {
    fields.push_back({name, to_value(member), std::string(help), option_words<Member>()});
  });
  return fields;
}

}  // namespace cspgan
