// The observers of a detector's training.
#pragma once

#include <string>

#include "cspgan/detection/detector_recipe.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/training/observer.hpp"

namespace cspgan {

/// One line on standard error.
void warn_of_training(const std::string& message);

/// All observers in their order. Throws what their constructors throw, before anything is written.
Observers make_detector_observers(const DetectorRecipe& recipe, const RunFolder& folder, const Value& run,
                                  const AnyReconstructionModel& model, const InspectionData& data);

}  // namespace cspgan
