// What a training program does about its evaluations: lines, warnings, a bar, TensorBoard.
#pragma once

#include <memory>

#include "cspgan/evaluation/evaluation_observer.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/runs/run_observers.hpp"
#include "cspgan/terminal/program.hpp"
#include "programs/command_line.hpp"

namespace cspgan {

/// `signals` must outlive the run.
EvaluationHooks evaluation_hooks(const TrainingProgram& program, const CommandLine& line, const RunFolder& folder,
                                 const std::shared_ptr<TensorBoardObserver>& board, const StopSignals& signals);

}  // namespace cspgan
