// Any metrics of two sets of images, with the names that they may bear and the counts they were taken from.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/core/options.hpp"
#include "cspgan/metrics/feature_set.hpp"
#include "cspgan/metrics/kernel_distance.hpp"
#include "cspgan/metrics/neighbors.hpp"
#include "cspgan/metrics/resizing.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Metrics that are computed together: prdc, for one, gives precision, recall, density and coverage.
enum class Metric { fid, kid, prdc, one_nn, inception_score, diversity, nearest };
template <>
struct EnumNames<Metric> {
  static constexpr std::array<std::pair<Metric, std::string_view>, 7> names{
      {{Metric::fid, "fid"},
       {Metric::kid, "kid"},
       {Metric::prdc, "prdc"},
       {Metric::one_nn, "one_nn"},
       {Metric::inception_score, "inception_score"},
       {Metric::diversity, "diversity"},
       {Metric::nearest, "nearest"}}};
};

struct EvaluationOptions {
  std::vector<Metric> metrics{Metric::fid, Metric::kid, Metric::prdc, Metric::one_nn, Metric::diversity};
  KernelDistanceOptions kernel;
  std::int64_t neighbors = 5;
  std::int64_t splits = 10;

  static void describe(auto&& self, auto&& field) {
    field("metrics", self.metrics, "fid, kid, prdc, one_nn, inception_score, diversity, nearest");
    field("kernel", self.kernel, "subsets of the kernel distance");
    field("neighbors", self.neighbors, "k of precision, recall, density and coverage");
    field("splits", self.splits, "parts that the Inception score is averaged over");
  }
  /// Throws OptionError naming the value.
  void validate() const;
};

/// Whose features they are.
struct FeatureOrigin {
  std::string extractor;      // its name
  bool is_inception = false;  // whether metrics may be called FID, KID and Inception score
  Resizing resizing = Resizing::none;
  std::string file_sha256 = {};  // of its file; empty if it has none
};

/// Which values of a metric say that the fakes are better.
enum class Direction { lower, higher, target, none };

/// What is known of a metric before it is computed.
struct MetricInfo {
  std::string_view key;         // "fid", "precision", ...: the same for any extractor
  std::string_view name;        // "FID", "precision"
  std::string_view other_name;  // before the extractor's name, if that is not Inception: "FD"; empty if name serves all
  Metric metric;                // the group that it is computed with
  Direction direction;
  double target = 0;  // the best value of one with Direction::target

  /// Whether `value` is better than another; never with Direction::none.
  bool is_better(double value, double than) const;
};

/// All metrics there are.
std::span<const MetricInfo> metric_table();

/// That of a key. Throws Error if there is none.
const MetricInfo& metric_info(std::string_view key);

/// Those that these groups give, in their order.
std::vector<MetricInfo> metrics_of(const std::vector<Metric>& groups);

struct MetricValue {
  std::string key;   // as in metric_table()
  std::string name;  // "FID", "FD-builtin", ..., with the resizing convention
  double value = 0;
  std::optional<double> spread;  // standard deviation, over subsets or splits
  std::int64_t real_count = 0;   // images that it was taken from; 0 if it needs none
  std::int64_t fake_count = 0;
  std::int64_t subsets = 0;  // of the kernel distance, as they were taken; 0 for other metrics
  std::int64_t subset_size = 0;
};

struct Evaluation {
  FeatureOrigin origin;
  std::int64_t dimension = 0;
  std::vector<MetricValue> metrics;
  std::vector<std::string> warnings;
  /// With Metric::nearest: for each fake its nearest real, [N, 1].
  std::optional<Neighbors> nearest;

  /// The metric of a key; throws Error if it was not asked for.
  const MetricValue& metric(std::string_view key) const;
};

/// For JSON, as docs/metrics.md describes it: metrics ("metrics") with their counts, the origin, the warnings.
Value to_value(const Evaluation& evaluation);

/// Whether one of the metrics needs what a classifier says of the fakes.
bool needs_probabilities(const std::vector<Metric>& metrics);

/// Throws OptionError if a metric needs more images than these; the message says how many and ends in `hint`, a clause
/// that names the options to change.
void require_enough_images(const EvaluationOptions& options, std::int64_t reals, std::int64_t fakes,
                           std::string_view hint);

/// What makes metrics of so many images, in so many dimensions, unreliable: a sentence each.
std::vector<std::string> evaluation_warnings(const EvaluationOptions& options, const FeatureOrigin& origin,
                                             std::int64_t dimension, std::int64_t reals, std::int64_t fakes);

/// Metrics that compare sets neighbor by neighbor take the first min(N, M) images of each; so sets should come in
/// random order. Throws as the metrics do.
Evaluation evaluate(const FeatureSet& real, const FeatureSet& fake, const FeatureOrigin& origin,
                    const EvaluationOptions& options = {}, const StageProgress& progress = {});

}  // namespace cspgan
