// The lists that training programs print.
#pragma once

#include "cspgan/programs/training_program.hpp"

namespace cspgan {

void list_recipes(const TrainingProgram& program);

}  // namespace cspgan
