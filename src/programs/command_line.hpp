// The options that all training programs share.
#pragma once

#include <optional>
#include <string>

#include "cspgan/programs/training_program.hpp"
#include "cspgan/recipes/recipe.hpp"

namespace cspgan {

struct CommandLine {
  Recipe recipe;                  // resolved: recipe file, then options, then --set
  std::optional<double> seconds;  // the length as a time
  RecipeSource source;            // of the recipe
  bool print_recipe = false;
  bool list_recipes = false;
  bool profile = false;   // print how long each part of a step took
  bool describe = false;  // list every option of a recipe
  Value differs_from;     // what run.json says of the recipe's origins, see describe_origins
  std::string command;    // as it was typed
};

/// Returns nullopt if the program has nothing left to do (--help, --version). Throws OptionError for wrong usage.
std::optional<CommandLine> parse_command_line(const TrainingProgram& program, int argc, char** argv);

}  // namespace cspgan
