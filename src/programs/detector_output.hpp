// What the programs of detectors share: printing a result.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/detection/detection_report.hpp"
#include "cspgan/terminal/program.hpp"

namespace cspgan {

/// The numbers as lines, and where the files are.
void print_detection(const DetectionReport& report, const std::filesystem::path& folder);

/// The highest scores, how many are called bad, and where the files are.
void print_scores(const DetectionReport& report, const std::vector<std::string>& names,
                  const std::filesystem::path& folder);

/// Thrown out of work that a signal stops.
struct StoppedBySignal {};

/// Progress bars that throw StoppedBySignal once a signal was received.
StageProgress stoppable_bars(const StopSignals& signals);

}  // namespace cspgan
