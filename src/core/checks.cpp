// Checks of option values.
#include "core/checks.hpp"

#include <bit>
#include <cmath>

namespace cspgan {

namespace detail {

void require_at_least(std::int64_t value, std::int64_t low, std::string_view what) {
  if (value < low) throw OptionError(fmt::format("{} must be at least {}, not {}", what, low, value));
}

void require_from_to(std::int64_t value, std::int64_t low, std::int64_t high, std::string_view what) {
  if (value < low || value > high)
    throw OptionError(fmt::format("{} must lie in [{}, {}], not {}", what, low, high, value));
}

void require_power_of_two(std::int64_t value, std::int64_t low, std::int64_t high, std::string_view what) {
  const bool is_power = value > 0 && std::has_single_bit(static_cast<std::uint64_t>(value));
  require(is_power && value >= low && value <= high, what, fmt::format("a power of two from {} to {}", low, high),
          value);
}

void require_not_negative(double value, std::string_view what) {
  require(std::isfinite(value) && value >= 0, what, "finite and at least 0", value);
}

void require_positive(double value, std::string_view what) {
  require(std::isfinite(value) && value > 0, what, "finite and above 0", value);
}

}  // namespace detail

void require_within(double number, Range bounds, std::string_view what) {
  if (!(number >= bounds.low && number <= bounds.high))
    throw OptionError(fmt::format("{} must lie in [{}, {}], not {}", what, bounds.low, bounds.high, number));
}

void require_within(Range range, Range bounds, std::string_view what) {
  if (!(range.low >= bounds.low && range.high <= bounds.high && range.low <= range.high))
    throw OptionError(fmt::format("{} must be a range [low, high] with low <= high inside [{}, {}], not [{}, {}]", what,
                                  bounds.low, bounds.high, range.low, range.high));
}

}  // namespace cspgan
