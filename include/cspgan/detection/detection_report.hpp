// The page of a detector: its numbers, its curves, and the pictures that it got wrong.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cspgan/core/tensor.hpp"
#include "cspgan/core/value.hpp"
#include "cspgan/detection/scoring.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// One picture as a detector saw it. The three tensors have one size; they may be on any device.
struct InspectedPicture {
  std::string name;
  std::string defect;  // "" if it is good
  double score = 0;
  Tensor image;           // uint8 [3, H, W]
  Tensor reconstruction;  // uint8 [3, H, W]
  Tensor heat;            // float32 [H, W], >= 0: where it is unlike its reconstruction
};

/// What the page shows. Pictures are few: the worst ones, which whoever fills this chooses; they are shown in the order
/// given, at their own size: one of 27 x 48 pixels takes some 9 kB.
struct DetectionReport {
  std::string title;
  std::string summary;         // a sentence: what was trained, on how many pictures
  std::string threshold_text;  // how the threshold was chosen, such as "0.56 times the largest of 154 known bad scores"
  std::string score_text{};    // what a score is, such as "The mean squared error of the reconstruction.", or ""
  ScoredSet set;
  bool known = true;  // false: nobody knows which pictures are bad; `set` then says of none that it is, and `found` are
                      // those with the highest scores, whatever they are called
  std::vector<std::string> defects;  // of each picture of the set, "" if it is good or of no known kind; or none at all
  std::optional<DetectionMetrics> metrics{};  // as measure_detection gives it; nothing if all are good, or all bad
  double confidence = 0.95;                   // that of the metrics' intervals
  double threshold = 0;                       // a picture is called bad if its score is above it
  std::optional<double> pixel_auc{};          // of the heat map, if it is known where the defects are
  std::vector<InspectedPicture> misses, false_alarms, found;
  double largest_heat = 0;  // the color scale's end in all heat maps of the page; 0: the largest of the pictures
  Value run{};              // as in run.json, null if there is none; the page shows its recipe
};

/// A page that asks nothing of a network. Its slider moves the threshold, and counts, rates and marks follow. Throws
/// Error for an empty set; lists of different lengths; scores, a threshold or heat that are not finite; a good picture
/// with a defect; metrics that are missing, needless, or of another threshold; or a picture of another shape or type.
std::string html_detection_report(const DetectionReport& report);

/// Writes this page. Throws Error, too, naming the path if it cannot be written.
void write_detection_report(const std::filesystem::path& path, const DetectionReport& report);

/// A heat map in colors, uint8 [3, H, W] on the CPU, from black at 0 over purple and orange to pale yellow at `largest`
/// and above: the map "inferno", which is even to the eye and grows brighter throughout. `heat` is float32 [H, W] and
/// finite; below 0 it is black. Throws Error for any other shape or type, or values that are not finite; OptionError
/// unless `largest` is finite and > 0.
Tensor color_heat(const Tensor& heat, double largest);

}  // namespace cspgan
