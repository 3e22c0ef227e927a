// What training programs list: recipes, and what recipes may name.
#pragma once

#include "cspgan/programs/training_program.hpp"

namespace cspgan {

void list_recipes(const TrainingProgram& program);
void describe_everything();

}  // namespace cspgan
