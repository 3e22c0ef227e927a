// What the programs of detectors share: naming and printing a result.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cspgan/detection/detection_report.hpp"
#include "cspgan/detection/detector_recipe.hpp"

namespace cspgan {

/// The names of what a training of a detector writes at its end.
std::vector<std::string> detector_results();

/// The pictures and the model that a training starts with.
void print_start(const DetectorRecipe& recipe, const Value& run, const InspectionData& data);

/// The numbers as lines, and where the files are.
void print_detection(const DetectionReport& report, const std::filesystem::path& folder);

/// The highest scores, how many are called bad, and where the files are.
void print_scores(const DetectionReport& report, const std::vector<std::string>& names,
                  const std::filesystem::path& folder);

}  // namespace cspgan
