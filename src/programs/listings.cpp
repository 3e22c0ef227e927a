// Lists on standard output.
#include "programs/listings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cspgan/losses/registry.hpp"
#include "cspgan/models/named_presets.hpp"
#include "cspgan/policies/registry.hpp"
#include "cspgan/recipes/recipe.hpp"
#include "cspgan/training/optimizers.hpp"
#include "cspgan/training/schedules.hpp"
#include "terminal/print.hpp"

namespace cspgan {

void list_recipes(const TrainingProgram& program) {
  for (const RecipeSource& source : builtin_recipes()) {
    const Value* const summary = source.table.find("summary");
    say(stdout, "{:<14} {}{}\n", source.name, summary == nullptr ? "" : summary->string(),
        source.name == program.default_recipe ? " (default)" : "");
  }
}

namespace {

template <class Any>
void describe_registry(std::string_view title, const Registry<Any>& registry) {
  say(stdout, "{}\n", title);
  for (const auto& entry : registry.entries()) {
    say(stdout, "  {}: {}\n", entry.name, entry.summary);
    for (const FieldHelp& field : entry.fields)
      say(stdout, "    {} = {}: {}\n", field.name, to_json(field.default_value), field.help);
  }
}

}  // namespace

void describe_everything() {
  describe_registry("losses", losses());
  describe_registry("policies", policies());
  describe_registry("optimizers", optimizers());
  describe_registry("schedules", schedules());
  say(stdout, "generator presets: {}\ndiscriminator presets: {}\n", fmt::join(generators::preset_names(), ", "),
      fmt::join(discriminators::preset_names(), ", "));
}

}  // namespace cspgan
