// What the programs of detectors share: printing a result.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cspgan/detection/detection_report.hpp"

namespace cspgan {

/// The numbers as lines, and where the files are.
void print_detection(const DetectionReport& report, const std::filesystem::path& folder);

/// The highest scores, how many are called bad, and where the files are.
void print_scores(const DetectionReport& report, const std::vector<std::string>& names,
                  const std::filesystem::path& folder);

}  // namespace cspgan
