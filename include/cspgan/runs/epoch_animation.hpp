// The sample grids of a run as a moving picture.
#pragma once

#include <cstdint>
#include <filesystem>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/report/animation.hpp"

namespace [[gnu::visibility("default")]] cspgan {

struct EpochAnimationOptions {
  std::int64_t frames = 60;      // sample grids at most, evenly spaced, the first and the last among them
  std::int64_t longest = 800;    // pixels of the longer side; larger grids are made smaller
  AnimationOptions animation{};  // see there

  friend bool operator==(const EpochAnimationOptions&, const EpochAnimationOptions&) = default;
};

/// Writes the run's sample grids, samples/step-*.png, one after another as a .webp or .gif file. Grids that cannot be
/// read, or are of another size than the last one, are left out. Returns the number of frames; 0 if fewer than two
/// grids are there, and then no file is written. Throws Error naming a path that cannot be written.
std::int64_t write_epoch_animation(const std::filesystem::path& run_folder, const std::filesystem::path& file,
                                   const EpochAnimationOptions& options = {}, const StageProgress& progress = {});

}  // namespace cspgan
