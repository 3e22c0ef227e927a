// Checks of option values. Each throws OptionError "<what> must ..., not <value>", where `what` names the option, such
// as "CSPupBlock: in_channels". Private to the library's sources; require_within for ranges is in
// cspgan/core/range.hpp.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "cspgan/core/error.hpp"
#include "cspgan/core/range.hpp"

namespace [[gnu::visibility("default")]] cspgan {  // for the other libraries of a shared build
namespace detail {

/// "<what> must be <rule>, not <value>" if the value is not `right`.
template <class T>
void require(bool right, std::string_view what, std::string_view rule, const T& value) {
  if (!right) throw OptionError(fmt::format("{} must be {}, not {}", what, rule, value));
}

void require_at_least(std::int64_t value, std::int64_t low, std::string_view what);

/// Both ends are allowed.
void require_from_to(std::int64_t value, std::int64_t low, std::int64_t high, std::string_view what);

/// Both ends are allowed.
void require_power_of_two(std::int64_t value, std::int64_t low, std::int64_t high, std::string_view what);

/// Finite and >= 0.
void require_not_negative(double value, std::string_view what);

/// Finite and > 0.
void require_positive(double value, std::string_view what);

}  // namespace detail
}  // namespace cspgan
