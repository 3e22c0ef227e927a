// The GAN that a detector is built on (f_anogan).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cspgan/detection/detector_recipe.hpp"
#include "cspgan/runs/run_folder.hpp"

namespace cspgan {

/// The key of its identity in the description of a detector, which keeps it.
inline constexpr const char* gan_key = "gan";

struct GanOfDetector {
  Checkpoint checkpoint;
  bool is_kept = false;  // the checkpoint is the detector's own, which has the GAN's networks

  /// identity_of the GAN's checkpoint.
  std::string identity() const;
  /// Sets the options of the networks in the recipe, too.
  AnyReconstructionModel make_model(DetectorRecipe& recipe, std::int64_t classes) const;
};

/// The GAN at the path; if that cannot be read, what the run that goes on (in the folder, or where `resume` says) has
/// kept of it. Nothing for "". Throws Error if there is neither.
std::optional<GanOfDetector> load_gan(const std::string& path, const RunFolder& folder, const std::string& resume);

}  // namespace cspgan
