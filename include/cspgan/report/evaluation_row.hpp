// Figures about a generator (distances between sets of images) as rows of metrics.jsonl, from which reports draw them.
//
//   {"kind": "evaluation", "step": 3000, "kimg": 96.0, "figures": [
//     {"key": "fid", "name": "FD-builtin", "value": 12.3, "spread": null, "lower_is_better": true, "target": null,
//      "fakes": 1000, "reals": 4400, "data": "train images 3f2a91c0", "extractor": "builtin",
//      "resize": "antialiased bilinear to 299"}]}
//
// Rows without a "kind" are those of the training. Figures compare only where counts, data, extractor and resize are
// equal; reports draw a line for each such setting.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/value.hpp"

namespace [[gnu::visibility("default")]] cspgan {

struct MetricRow {
  std::string key;                             // the same for any extractor: "fid", "precision"
  std::string name;                            // as a chart's title: "FD-builtin", "precision"
  double value = 0;                            // not finite: logged as null
  std::optional<double> spread;                // standard deviation over repetitions, where there were some
  std::optional<bool> lower_is_better = true;  // nothing where neither is better
  std::optional<double> target;                // the best value, where that is between others
  std::int64_t fakes = 0;                      // generated images that were measured
  std::int64_t reals = 0;                      // images of the data that they were measured against
  std::string data;                            // which images of the data: their partition and fingerprint
  std::string extractor;                       // what made features of the images; empty where nothing did
  std::string resize;                          // how images came to the extractor's size; empty where they kept theirs

  static void describe(auto&& self, auto&& field) {
    field("key", self.key, "the same for any extractor");
    field("name", self.name, "as a chart's title");
    field("value", self.value, "the figure");
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

/// The figures of one checkpoint.
struct EvaluationRow {
  std::int64_t step = 0;
  double kimg = 0;
  std::vector<MetricRow> figures;

  static void describe(auto&& self, auto&& field) {
    field("step", self.step, "steps that the generator was trained for");
    field("kimg", self.kimg, "thousands of real images that it was shown");
    field("figures", self.figures, "one or more");
  }
  friend bool operator==(const EvaluationRow&, const EvaluationRow&) = default;
};

/// The value of "kind" in rows of figures.
inline constexpr std::string_view evaluation_kind = "evaluation";

/// Appends the figures as one row to a run's metrics.jsonl (made where there is none), also while a training writes
/// there. Throws Error naming the path.
void append_evaluation(const std::filesystem::path& metrics, const EvaluationRow& evaluation);

}  // namespace cspgan
