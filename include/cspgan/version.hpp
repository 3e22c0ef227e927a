// The library's version; CMakeLists.txt reads it from here.
#pragma once

#include <string_view>

namespace [[gnu::visibility("default")]] cspgan {

inline constexpr std::string_view version = "0.1.0";

}  // namespace cspgan
