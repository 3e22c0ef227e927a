// The observers of a training program's run.
#pragma once

#include <memory>

#include "cspgan/data/image_source.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/training/observer.hpp"
#include "cspgan/training/profile.hpp"
#include "programs/command_line.hpp"

namespace cspgan {

/// The images that a recipe asks for. A signal ends the reading of their sizes with StoppedBySignal.
DataRequest data_request(const Recipe& recipe, const StopSignals& signals);

/// Reports something that the user should look at: one line on standard error, and one in warnings.jsonl.
void note_warning(const TrainingProgram& program, const RunFolder& folder, std::int64_t step, std::string_view kind,
                  std::string_view message);

/// All observers in their order: those that write to the folder, the evaluation if there is one, and the profile if it
/// is asked for. Throws what their constructors throw, before anything is written.
Observers make_observers(const TrainingProgram& program, const CommandLine& line, const RunFolder& folder,
                         const Value& run, const AnyImageSource& data, at::Device device, const StopSignals& signals,
                         const std::shared_ptr<ProfileObserver>& profile);

}  // namespace cspgan
