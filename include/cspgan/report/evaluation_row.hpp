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
    field("key", self.key, "key of the metric, the same for any extractor");
    field("name", self.name, "name of the metric, used as a chart's title");
    field("value", self.value, "value of the metric");
    field("spread", self.spread, "standard deviation over repetitions, or null");
    field("lower_is_better", self.lower_is_better, "false if higher is better, null if neither is");
    field("target", self.target, "the best value, if it lies between worse ones");
    field("fakes", self.fakes, "number of generated images that were measured");
    field("reals", self.reals, "number of real images that they were compared with");
    field("data", self.data, "which real images: their partition and fingerprint");
    field("extractor", self.extractor, "the feature extractor; empty if none was used");
    field("resize", self.resize, "how images were resized for the extractor; empty if they were not");
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
    field("kimg", self.kimg, "thousands of real images shown by then");
    field("metrics", self.metrics, "list of one or more metrics");
  }
  friend bool operator==(const EvaluationRow&, const EvaluationRow&) = default;
};

/// The value of "kind" in rows of metrics.
inline constexpr std::string_view evaluation_kind = "evaluation";

/// Appends the metrics as one row to a run's metrics.jsonl, which is created if it does not exist. Safe while a
/// training run writes to the same file. Throws Error naming the path if it cannot be written.
void append_evaluation(const std::filesystem::path& metrics, const EvaluationRow& evaluation);

}  // namespace cspgan
