// A check that blocks and convolutions share. Private to the library's sources.
#pragma once

#include <cstdint>
#include <string>

#include "core/checks.hpp"

namespace cspgan::detail {

/// Throws OptionError if a channel count is not positive. Options may leave the counts 0: the network sets them.
inline void require_channels(std::int64_t in_channels, std::int64_t out_channels, const std::string& where) {
  require_at_least(in_channels, 1, where + ": in_channels");
  require_at_least(out_channels, 1, where + ": out_channels");
}

}  // namespace cspgan::detail
