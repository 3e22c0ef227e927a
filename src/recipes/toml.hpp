// TOML text to Value and back.
#pragma once

#include <string>
#include <string_view>

#include "cspgan/core/value.hpp"

namespace cspgan {

/// Throws OptionError naming `where`, the line and the column.
Value parse_toml(std::string_view text, std::string_view where);

/// One TOML value, e.g. "0.5", "[0.7, 0.9]" or "{name = 'adam'}"; a text that is none is a string.
Value parse_toml_value(std::string_view text);

/// An object as a TOML document; members that are null are left out.
std::string to_toml(const Value& value);

}  // namespace cspgan
