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

/// Called during work in stages, with the name of the stage, such as "reals", the units of it that are done and their
/// total. May throw to end the work; the exception leaves the function that does the work.
using StageProgress = std::function<void(std::string_view stage, std::int64_t done, std::int64_t total)>;

/// A function that reports the progress of one stage to `progress`; empty if `progress` is empty.
inline OnProgress stage_of(StageProgress progress, std::string stage) {
  if (!progress) return {};
  return [progress = std::move(progress), stage = std::move(stage)](std::int64_t done, std::int64_t total) {
    progress(stage, done, total);
  };
}

}  // namespace cspgan
