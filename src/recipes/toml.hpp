// Converts TOML text to a Value and back.
#pragma once

#include <string>
#include <string_view>

#include "cspgan/core/value.hpp"

namespace cspgan {

/// Parses a TOML document. Throws OptionError naming `where`, the line and the column.
Value parse_toml(std::string_view text, std::string_view where);

/// Parses one TOML value, e.g. "0.5", "[0.7, 0.9]" or "{name = 'adam'}". Text that is not a TOML value becomes a
/// string.
Value parse_toml_value(std::string_view text);

/// An object as a TOML document; members that are null are left out.
std::string to_toml(const Value& value);

}  // namespace cspgan
