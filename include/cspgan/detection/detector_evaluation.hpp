// A detector on pictures of which it is known whether they are bad.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/detection/detection_report.hpp"
#include "cspgan/detection/inspection_data.hpp"
#include "cspgan/detection/reconstruction_detector.hpp"

namespace [[gnu::visibility("default")]] cspgan {

struct DetectorEvaluationOptions {
  std::int64_t pictures = 12;  // of each kind in the report: misses, false alarms, finds
  bool known = true;           // whether the pictures' defects say which are bad; false: nobody knows
  BootstrapOptions bootstrap{};
};

/// Scores all pictures. The report has the misses with the lowest scores, the false alarms with the highest, and the
/// clearest finds; its title, summary and run are the caller's. Bad pictures with an empty mask, of which it is not
/// known where they are bad, do not count for the area of pixels.
DetectionReport evaluate_detector(const ReconstructionDetector& detector, const InspectionPictures& pictures,
                                  const DetectorEvaluationOptions& options = {}, const OnProgress& progress = {});

/// How the threshold was chosen, in words: "0.56 times the largest score of 154 known bad pictures".
std::string threshold_text(const ThresholdOptions& rule, const InspectionPictures& validation);

/// The numbers as a table: threshold, confusion, rates, areas with intervals.
Value detection_value(const DetectionReport& report);

/// Writes detection.html, detection.json, scores.csv (name, defect, score, verdict, and the file of the heat map) and,
/// in heat/, a picture of each miss, false alarm and find in the report: image, reconstruction and heat map side by
/// side. What an earlier call left in heat/ is removed. Throws Error naming the path that cannot be written.
void write_detection(const std::filesystem::path& folder, const DetectionReport& report,
                     const InspectionPictures& pictures);

/// A picture, its reconstruction and its heat map beside each other, uint8 [3, H', W'], enlarged if they are small.
Tensor inspection_strip(const Tensor& image, const Tensor& reconstruction, const Tensor& heat, double largest_heat);

}  // namespace cspgan
