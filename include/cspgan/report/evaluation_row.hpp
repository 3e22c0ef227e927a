// Metrics of a generator (such as distances between sets of images) as rows of metrics.jsonl, from which reports plot
// them.
//
//   {"kind": "evaluation", "step": 3000, "kimg": 96.0, "metrics": [
//     {"key": "fid", "name": "FD-builtin", "value": 12.3, "spread": null, "lower_is_better": true, "target": null,
//      "fakes": 1000, "reals": 4400, "data": "train images 3f2a91c0", "extractor": "builtin",
//      "resize": "antialiased bilinear to 299"}]}
//
// Rows without a "kind" are training rows. Values of a metric are comparable only if counts, data, extractor and resize
// are equal; reports draw one line for each such setting.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/value.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// One value of a metric and the setting in which it was measured.
struct MetricRow {
  std::string key;                             // the same for any extractor: "fid", "precision"
  std::string name;                            // used as a chart's title: "FD-builtin", "precision"
  double value = 0;                            // logged as null if it is not finite
  std::optional<double> spread;                // standard deviation over repetitions, if there were any
  std::optional<bool> lower_is_better = true;  // nullopt if neither direction is better
  std::optional<double> target;                // the best value, if it lies between worse ones
  std::int64_t fakes = 0;                      // generated images that were measured
  std::int64_t reals = 0;                      // real images that they were compared with
  std::string data;                            // which real images: their partition and fingerprint
  std::string extractor;                       // which feature extractor; empty if none was used
  std::string resize;                          // how images were resized for the extractor; empty if they were not

  static void describe(auto&& self, auto&& field) {
    field("key", self.key, "the same for any extractor");
    field("name", self.name, "as a chart's title");
    field("value", self.value, "the metric");
    field("spread", self.spread, "standard deviation over repetitions, or null");
    field("lower_is_better", self.lower_is_better, "false where more is better, null where neither is");
    field("target", self.target, "the value that is best, where that is between others");
    field("fakes", self.fakes, "generated images that were measured");
    field("reals", self.reals, "real images that they were measured against");
    field("data", self.data, "which images of the data");
    field("extractor", self.extractor, "what made features of the images");
    field("resize", self.resize, "how images came to the extractor's size");
  }
  friend bool operator==(const MetricRow&, const MetricRow&) = default;
};

/// The metrics of one checkpoint.
struct EvaluationRow {
  std::int64_t step = 0;
  double kimg = 0;
  std::vector<MetricRow> metrics;

  static void describe(auto&& self, auto&& field) {
    field("step", self.step, "steps that the generator was trained for");
    field("kimg", self.kimg, "thousands of real images that it was shown");
    field("metrics", self.metrics, "one or more");
  }
  friend bool operator==(const EvaluationRow&, const EvaluationRow&) = default;
};

/// The value of "kind" in rows of metrics.
inline constexpr std::string_view evaluation_kind = "evaluation";

/// Appends the metrics as one row to a run's metrics.jsonl, which is created if it does not exist. Safe while a
/// training run writes to the same file. Throws Error naming the path if it cannot be written.
void append_evaluation(const std::filesystem::path& metrics, const EvaluationRow& evaluation);

}  // namespace cspgan
