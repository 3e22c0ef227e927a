// Checks of parameters that several policies share; private to this folder.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/shapes.hpp"
#include "cspgan/core/error.hpp"

namespace cspgan::detail {

inline void require_not_negative(double number, std::string_view policy, std::string_view field) {
  if (!(number >= 0) || !std::isfinite(number))
    throw OptionError(fmt::format("{}: {} is {}, but must be at least 0", policy, field, number));
}

inline void require_at_least_one(std::int64_t number, std::string_view policy, std::string_view field) {
  if (number < 1) throw OptionError(fmt::format("{}: {} is {}, but must be at least 1", policy, field, number));
}

inline void require_positive(const std::optional<double>& number, std::string_view policy, std::string_view field) {
  if (number && (!(*number > 0) || !std::isfinite(*number)))
    throw OptionError(fmt::format("{}: {} is {}, but must be above 0", policy, field, *number));
}

}  // namespace cspgan::detail
