// Checks that the options of several blocks share. Private to the library's sources.
#pragma once

#include <cstdint>
#include <string_view>

#include "cspgan/nn/kinds.hpp"

namespace cspgan::detail {

/// Throws OptionError "<where>: <field> is <value>, but must be at least <minimum>".
void require_at_least(std::int64_t value, std::int64_t minimum, std::string_view where, std::string_view field);

/// A finite standard deviation, >= 0.
void require_sigma(double sigma, std::string_view where, std::string_view field);

/// The channels that only a block that is being made must have.
void require_channels(std::int64_t in_channels, std::int64_t out_channels, std::string_view where);

}  // namespace cspgan::detail
