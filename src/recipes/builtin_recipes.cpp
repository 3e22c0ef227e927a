// The files in recipes/, compiled in.
#include <array>
#include <string_view>
#include <utility>

#include "cspgan/recipes/recipe.hpp"
#include "recipes/recipe_source.hpp"
#include "recipes/toml.hpp"

namespace cspgan {

namespace {

constexpr std::pair<std::string_view, std::string_view> embedded[] = {
#include "embedded/recipes.inc"
};

}  // namespace

const std::vector<RecipeSource>& builtin_recipes() {
  static const std::vector<RecipeSource> recipes = [] {
    std::vector<RecipeSource> parsed;
    for (const auto& [name, text] : embedded)
      parsed.push_back(recipe_source(std::string(name), parse_toml(text, name)));
    return parsed;
  }();
  return recipes;
}

}  // namespace cspgan
