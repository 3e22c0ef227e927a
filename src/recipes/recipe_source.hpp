// From the text of a recipe file to its options.
#pragma once

#include <string>

#include "cspgan/recipes/recipe.hpp"

namespace cspgan {

/// Takes what is no option out of the table of a recipe file.
RecipeSource recipe_source(std::string name, const Value& file);

}  // namespace cspgan
