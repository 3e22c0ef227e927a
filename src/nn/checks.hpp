// Checks that the options of several blocks share. Private to the library's sources.
#pragma once

#include <cstdint>
#include <string_view>

#include "cspgan/nn/kinds.hpp"

namespace cspgan::detail {

/// Throws OptionError "<where>: <field> is <value>, but must be at least <minimum>".
void require_at_least(std::int64_t value, std::int64_t minimum, std::string_view where, std::string_view field);

/// Throws OptionError unless the standard deviation is finite and >= 0.
void require_sigma(double sigma, std::string_view where, std::string_view field);

/// Throws OptionError if a channel count is not positive; only the constructor of a block requires this.
void require_channels(std::int64_t in_channels, std::int64_t out_channels, std::string_view where);

}  // namespace cspgan::detail
