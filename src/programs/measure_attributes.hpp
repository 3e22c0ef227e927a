// Measures the attributes of the generated avatars at the end of a run.
#pragma once

#include <filesystem>

#include "cspgan/programs/training_program.hpp"
#include "cspgan/recipes/recipe.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/terminal/program.hpp"

namespace cspgan {

/// Measures what the finished generator covers, prints it, and writes it to avatars.json. The run is saved by then, so
/// anything that goes wrong here is only a warning.
void measure_attributes(const TrainingProgram& program, const Recipe& recipe, const RunFolder& folder,
                        const std::filesystem::path& checkpoint, const StopSignals& signals);

}  // namespace cspgan
