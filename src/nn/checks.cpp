// Checks that the options of several blocks share.
#include "nn/checks.hpp"

#include <fmt/format.h>

#include <cmath>

#include "cspgan/core/error.hpp"

namespace cspgan::detail {

void require_at_least(std::int64_t value, std::int64_t minimum, std::string_view where, std::string_view field) {
  if (value < minimum)
    throw OptionError(fmt::format("{}: {} is {}, but must be at least {}", where, field, value, minimum));
}

void require_sigma(double sigma, std::string_view where, std::string_view field) {
  if (!std::isfinite(sigma) || sigma < 0)
    throw OptionError(fmt::format("{}: {} is {}, but must be a number of at least 0", where, field, sigma));
}

void require_channels(std::int64_t in_channels, std::int64_t out_channels, std::string_view where) {
  require_at_least(in_channels, 1, where, "in_channels");
  require_at_least(out_channels, 1, where, "out_channels");
}

}  // namespace cspgan::detail
