// What a training program prints and draws at the beginning and the end of a run.
#pragma once

#include <cstdint>

#include "cspgan/data/image_source.hpp"
#include "cspgan/recipes/recipe.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/training/observer.hpp"
#include "programs/command_line.hpp"

namespace cspgan {

/// `run` is the run's description.
void print_start(const TrainingProgram& program, const Recipe& recipe, const Value& run, const AnyImageSource& data);

/// What a run of the recipe's image size and of `total` images may reach, if `source` has been measured.
void print_expectation(const RecipeSource& source, const Recipe& recipe, std::int64_t total);

/// `skipped`: images that could not be read.
void print_end(const RunSummary& summary, const RunFolder& folder, std::int64_t skipped);

/// The curves and the animation. What only draws ends no run: an error is a warning.
void draw_end(const TrainingProgram& program, const RunFolder& folder, std::int64_t step);

}  // namespace cspgan
