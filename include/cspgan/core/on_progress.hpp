// How a long computation reports its progress.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace [[gnu::visibility("default")]] cspgan {

/// Called from time to time with the units of work done and their total. May throw, which ends the work.
using OnProgress = std::function<void(std::int64_t done, std::int64_t total)>;

/// Told of the progress of work in stages: the stage's name, such as "reals", what is done of it and how much there is.
/// May throw to end the work: what it throws comes out of the function that does it.
using StageProgress = std::function<void(std::string_view stage, std::int64_t done, std::int64_t total)>;

/// The progress of one stage of `progress`; empty if `progress` is.
inline OnProgress stage_of(StageProgress progress, std::string stage) {
  if (!progress) return {};
  return [progress = std::move(progress), stage = std::move(stage)](std::int64_t done, std::int64_t total) {
    progress(stage, done, total);
  };
}

}  // namespace cspgan
