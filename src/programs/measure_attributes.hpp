// The last act of a run on avatars.
#pragma once

#include <filesystem>

#include "cspgan/programs/training_program.hpp"
#include "cspgan/recipes/recipe.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/terminal/program.hpp"

namespace cspgan {

/// What the finished generator covers, printed and written to avatars.json. The run is safe by now: nothing that goes
/// wrong here is more than a warning.
void measure_attributes(const TrainingProgram& program, const Recipe& recipe, const RunFolder& folder,
                        const std::filesystem::path& checkpoint, const StopSignals& signals);

}  // namespace cspgan
