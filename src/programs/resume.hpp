// Resumes a run from a checkpoint.
#pragma once

#include <filesystem>
#include <optional>

#include "cspgan/core/value.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/training/any_trainer.hpp"
#include "programs/command_line.hpp"

namespace cspgan {

/// Loads the checkpoint that --resume names into the trainer, warns of what differs, and returns its path; nullopt for
/// a new run. Nothing of the checkpoint stays in memory.
std::optional<std::filesystem::path> resume(const TrainingProgram& program, const Recipe& recipe,
                                            const RunFolder& folder, const Value& run, AnyTrainer& trainer);

}  // namespace cspgan
