// What a JSON object that somebody may have edited says under a key, or under keys of objects in one another: of the
// right kind, or nothing.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "cspgan/core/value.hpp"

namespace cspgan::detail {

using Keys = std::initializer_list<std::string_view>;

inline const Value* value_at(const Value& value, Keys keys) {
  const Value* found = &value;
  for (const std::string_view key : keys)
    if (found != nullptr) found = found->find(key);
  return found;
}

inline std::optional<double> number_at(const Value& value, Keys keys) {
  const Value* const found = value_at(value, keys);
  return found != nullptr && found->is_number() ? std::optional(found->number()) : std::nullopt;
}

inline std::optional<std::string> text_at(const Value& value, Keys keys) {
  const Value* const found = value_at(value, keys);
  return found != nullptr && found->is_string() ? std::optional(found->string()) : std::nullopt;
}

}  // namespace cspgan::detail
