// What the programs of detectors share: printing a result.
#pragma once

#include <filesystem>

#include "cspgan/detection/detection_report.hpp"

namespace cspgan {

/// The numbers as lines, and where the files are.
void print_detection(const DetectionReport& report, const std::filesystem::path& folder);

}  // namespace cspgan
