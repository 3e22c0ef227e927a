// The files in recipes/, compiled in.
#include <array>
#include <string_view>
#include <utility>

#include "cspgan/recipes/recipe.hpp"
#include "recipes/toml.hpp"

namespace cspgan {

namespace {

constexpr std::pair<std::string_view, std::string_view> embedded[] = {
#include "embedded/recipes.inc"
};

}  // namespace

std::vector<RecipeSource> builtin_recipes() {
  std::vector<RecipeSource> recipes;
  for (const auto& [name, text] : embedded) recipes.push_back({std::string(name), parse_toml(text, name)});
  return recipes;
}

}  // namespace cspgan
