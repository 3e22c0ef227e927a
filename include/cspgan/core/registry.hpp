// The names that a recipe can use for losses, policies and the like; recipes, --help and the docs share them.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/options.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Makes `Any` (AnyLoss, AnyPolicy, ...) from a table such as {name = "soft_labels", real = [0.7, 0.9]}.
template <class Any>
class Registry {
 public:
  struct Entry {
    std::string name;
    std::string summary;
    std::vector<FieldHelp> fields;
    std::function<Any(const Value& parameters, std::string_view where)> make;
  };

  /// `kind`, such as "loss" or "policy", is used in error messages.
  explicit Registry(std::string kind) : kind_(std::move(kind)) {}

  /// Adds a Described type that has `name` and `summary`. It replaces an older type with the same name.
  template <Described T>
  Registry& add() {
    Entry entry{std::string(T::name), std::string(T::summary), field_help<T>(),
                [](const Value& parameters, std::string_view where) { return Any(from_value<T>(parameters, where)); }};
    for (auto& existing : entries_)
      if (existing.name == entry.name) {
        existing = std::move(entry);
        return *this;
      }
    entries_.push_back(std::move(entry));
    return *this;
  }

  /// The names of the entries, in the order in which they were added.
  std::vector<std::string> names() const {
    std::vector<std::string> known;
    for (const Entry& entry : entries_) known.push_back(entry.name);
    return known;
  }

  /// Makes an object from a table whose "name" picks the entry and whose other members are its fields, or from a name
  /// alone. Throws OptionError, with the closest known name if that name is unknown, and as `assign` does.
  Any make(const Value& description, std::string_view where) const {
    Value parameters{Value::Object{}};
    std::string name;
    if (description.is_string()) {
      name = description.string();
    } else {
      if (!description.is_object()) detail::fail_kind(where, "a name or a table with a name", description);
      const Value* named = description.find("name");
      if (named == nullptr || !named->is_string())
        throw OptionError(std::string(where) + ": a " + kind_ + " needs a name, such as name = \"" +
                          (entries_.empty() ? "" : entries_.front().name) + "\"");
      name = named->string();
      for (const auto& [key, value] : description.object())
        if (key != "name") parameters.set(key, value);
    }
    for (const auto& entry : entries_)
      if (entry.name == name)  // elements of a list are told apart by their names
        return entry.make(parameters, where.ends_with(']') ? std::string(where) + "." + name : std::string(where));
    detail::fail_unknown_word(where, name, names(), kind_);
  }

  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::string kind_;
  std::vector<Entry> entries_;
};

/// The table from which Registry::make makes these options again.
template <Described T>
Value named_value(const T& options) {
  Value value{Value::Object{{"name", Value(T::name)}}};
  const Value fields = to_value(options);
  for (const auto& [key, member] : fields.object()) value.set(key, member);
  return value;
}

/// The name of an object: its `name()` or its type's static `name` if there is one, else `otherwise`.
template <class T>
std::string display_name(const T& object, std::string_view otherwise) {
  if constexpr (requires { std::string(object.name()); })
    return std::string(object.name());
  else if constexpr (requires { std::string(T::name); })
    return std::string(T::name);
  else
    return std::string(otherwise);
}

/// An object as a table: its own `describe()` if it has one (AnyLoss, ...), else `named_value` if its type allows that,
/// else its name alone.
template <class T>
Value described_value(const T& object, std::string_view otherwise) {
  if constexpr (requires {
                  { object.describe() } -> std::convertible_to<Value>;
                })
    return object.describe();
  else if constexpr (Described<T> && requires { Value(T::name); })
    return named_value(object);
  else
    return Value(Value::Object{{"name", Value(display_name(object, otherwise))}});
}

}  // namespace cspgan
