// The sample grids of a run as an animation.
#pragma once

#include <cstdint>
#include <filesystem>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/report/animation.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Length and size of the animation.
struct EpochAnimationOptions {
  std::int64_t frames = 60;      // at most; evenly spaced over the sample grids, including the first and the last
  std::int64_t longest = 800;    // pixels along the longer side; larger grids are scaled down
  AnimationOptions animation{};  // durations, loops and quality

  friend bool operator==(const EpochAnimationOptions&, const EpochAnimationOptions&) = default;
};

/// Writes the run's sample grids, samples/step-*.png, one after another to a .webp or .gif file. Grids that cannot be
/// read, or that differ in size from the last one, are skipped. Returns the number of frames, or 0, without writing a
/// file, if there are fewer than two grids. Throws Error naming a path that cannot be written.
std::int64_t write_epoch_animation(const std::filesystem::path& run_folder, const std::filesystem::path& file,
                                   const EpochAnimationOptions& options = {}, const StageProgress& progress = {});

}  // namespace cspgan
