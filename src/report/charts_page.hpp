// A page with the style and the scripts that a run's report and a comparison share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/value.hpp"

namespace [[gnu::visibility("default")]] cspgan {  // for the other libraries of a shared build

/// A page made of `body`, whose {{title}} is filled in, with the shared scripts and style before its own.
std::string charts_page(std::string_view body, std::string_view title, const Value& data,
                        std::vector<std::string_view> scripts, std::string_view style = "");

/// A script whose show_recipe() fills the section #recipe from data.run, as run.json has it.
std::string_view recipe_script();

}  // namespace cspgan
