// A run from a resolved command line to its end.
#pragma once

#include "programs/command_line.hpp"

namespace cspgan {

/// Trains, and returns the exit code. Throws OptionError before anything is written.
int train(const TrainingProgram& program, CommandLine line);

}  // namespace cspgan
