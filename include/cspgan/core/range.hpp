// A closed interval of numbers.
#pragma once

#include <string_view>

namespace [[gnu::visibility("default")]] cspgan {

/// All numbers from low to high; [low, high] in recipes.
struct Range {
  double low = 0;
  double high = 1;

  friend bool operator==(const Range&, const Range&) = default;
};

/// Throws OptionError, naming `what`, unless bounds.low <= range.low <= range.high <= bounds.high.
void require_within(Range range, Range bounds, std::string_view what);

/// Throws OptionError, naming `what`, unless bounds.low <= number <= bounds.high.
void require_within(double number, Range bounds, std::string_view what);

}  // namespace cspgan
