// The beginning of a run: new, resumed, or with another run's weights.
#pragma once

#include <filesystem>
#include <optional>

#include "cspgan/recipes/make_trainer.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/terminal/program.hpp"
#include "programs/command_line.hpp"

namespace cspgan {

/// A run that is ready to begin: its description, and the checkpoint that it goes on from.
struct Beginning {
  Value run;
  std::optional<std::filesystem::path> resumed;  // nothing for a new run
  bool replaces_other = false;                   // ResumedRun's
};

/// Loads the checkpoint that the recipe resumes from into the trainer, warns of what differs, and turns a time into a
/// length. Nothing of the checkpoint stays in memory. Throws StoppedBySignal if a signal comes meanwhile.
Beginning begin_run(const TrainingProgram& program, CommandLine& line, const RunFolder& folder, AnyTrainer& trainer,
                    const AnyImageSource& data, const StopSignals& signals);

}  // namespace cspgan
