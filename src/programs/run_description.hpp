// The content of run.json. It is also in the metadata of each checkpoint, from which `sample` rebuilds the generator.
#pragma once

#include "cspgan/core/value.hpp"
#include "cspgan/data/image_source.hpp"
#include "cspgan/training/any_trainer.hpp"
#include "programs/command_line.hpp"

namespace cspgan {

Value describe_run(const TrainingProgram& program, const CommandLine& line, const AnyTrainer& trainer,
                   const AnyImageSource& data);

/// Warns of each difference from the run that a checkpoint describes, if it would change the result.
void warn_of_changes(const TrainingProgram& program, const Value& before, const Value& now);

}  // namespace cspgan
