// The page of a detector: its numbers, its curves, and the pictures that it got wrong.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cspgan/core/tensor.hpp"
#include "cspgan/core/value.hpp"
#include "cspgan/detection/scoring.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// One picture as a detector saw it.
struct InspectedPicture {
  std::string name;
  std::string defect;  // "" if it is good
  double score = 0;
  Tensor image;           // uint8 [3, H, W]
  Tensor reconstruction;  // uint8 [3, H, W]
  Tensor heat;            // float32 [H, W], >= 0: where it is unlike its reconstruction
};

/// What the page shows. Pictures are few: the worst ones, which whoever fills this chooses.
struct DetectionReport {
  std::string title;
  std::string summary;         // a sentence: what was trained, on how many pictures
  std::string threshold_text;  // how the threshold was chosen, such as "0.56 times the largest of 154 known bad scores"
  ScoredSet set;
  std::vector<std::string> defects;           // of each picture of the set, "" if it is good
  std::optional<DetectionMetrics> metrics{};  // nothing if all are good, or all bad
  double threshold = 0;
  std::optional<double> pixel_auc{};  // of the heat map, if it is known where the defects are
  std::vector<InspectedPicture> misses, false_alarms, found;
  double largest_heat = 0;  // the color scale's end in all heat maps of the page; 0: the largest of the pictures
  Value run{};              // as in run.json, null if there is none
};

/// A page that asks nothing of a network.
std::string html_detection_report(const DetectionReport& report);
void write_detection_report(const std::filesystem::path& path, const DetectionReport& report);

/// A heat map in colors, uint8 [3, H, W], on a scale from 0 to `largest` > 0.
Tensor color_heat(const Tensor& heat, double largest);

}  // namespace cspgan
