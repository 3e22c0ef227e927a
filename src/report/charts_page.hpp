// A page with the style and the scripts that a run's report and a comparison share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/value.hpp"

namespace cspgan {

/// A page made of `body`, whose {{title}} is filled in, with the shared scripts before its own.
std::string charts_page(std::string_view body, std::string_view title, const Value& data,
                        std::vector<std::string_view> scripts);

}  // namespace cspgan
