// Lists on standard output.
#include "programs/listings.hpp"

#include "cspgan/recipes/recipe.hpp"
#include "terminal/print.hpp"

namespace cspgan {

void list_recipes(const TrainingProgram& program) {
  for (const RecipeSource& source : builtin_recipes()) {
    const Value* const summary = source.table.find("summary");
    say(stdout, "{:<14} {}{}\n", source.name, summary == nullptr ? "" : summary->string(),
        source.name == program.default_recipe ? " (default)" : "");
    for (const Outcome& outcome : source.measured) say(stdout, "{:<14}   {}\n", "", outcome_text(outcome));
  }
}

}  // namespace cspgan
