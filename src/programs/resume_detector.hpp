// Going on with the training of a detector.
#pragma once

#include <cstdint>
#include <filesystem>

#include "cspgan/core/value.hpp"
#include "cspgan/detection/detector_recipe.hpp"

namespace cspgan {

/// Loads the state into the trainer, and warns of what `run`, the description of this start, has other than the run
/// that goes on; that keeps the GAN that it was built on. `detector`: the file that is made of the last state. Throws
/// Error if the state does not fit, and OptionError if the training is over with other options than its length, or, if
/// the detector is made, with another length or other pictures.
void resume_detector(const Checkpoint& checkpoint, Value& run, std::int64_t total_images,
                     const std::filesystem::path& detector, ModelTrainer& trainer);

}  // namespace cspgan
