// Computes metrics from the features of two sets of images. Each has its proper name and the numbers of images used.
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

/// A group of metrics that are computed together. For example, prdc gives precision, recall, density and coverage.
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
    field("metrics", self.metrics, "list of fid, kid, prdc, one_nn, inception_score, diversity and nearest");
    field("kernel", self.kernel, "subsets of the kernel distance");
    field("neighbors", self.neighbors, "k of precision, recall, density and coverage");
    field("splits", self.splits, "parts that the Inception score is averaged over");
  }
  /// Throws OptionError naming the value.
  void validate() const;
};

/// The extractor that made the features, and how images were resized for it.
struct FeatureOrigin {
  std::string extractor;      // its name
  bool is_inception = false;  // whether metrics may be called FID, KID and Inception score
  Resizing resizing = Resizing::none;
  std::string file_sha256 = {};  // of the extractor's file; empty if it has none
};

/// Which values of a metric are better: lower ones, higher ones, those near a target, or none.
enum class Direction { lower, higher, target, none };

/// The description of a metric, which holds for all its values.
struct MetricInfo {
  std::string_view key;         // "fid", "precision", ...: the same for any extractor
  std::string_view name;        // "FID", "precision"
  std::string_view other_name;  // prefix for other extractors than Inception: "FD" of "FD-builtin"; empty: use `name`
  Metric metric;                // the group that it belongs to
  Direction direction;
  double target = 0;  // the best value, if the direction is Direction::target

  /// Whether `value` is better than `than`; always false for Direction::none.
  bool is_better(double value, double than) const;
};

/// The descriptions of all metrics.
std::span<const MetricInfo> metric_table();

/// The description of the metric with this key. Throws Error if there is none.
const MetricInfo& metric_info(std::string_view key);

/// The metrics that belong to these groups, in the order of the groups.
std::vector<MetricInfo> metrics_of(const std::vector<Metric>& groups);

struct MetricValue {
  std::string key;   // as in metric_table()
  std::string name;  // "FID", "FD-builtin", ..., with the resizing convention
  double value = 0;
  std::optional<double> spread;  // standard deviation over subsets or splits
  std::int64_t real_count = 0;   // number of real images used; 0 if the metric needs none
  std::int64_t fake_count = 0;   // likewise
  std::int64_t subsets = 0;      // number of subsets used for the kernel distance; 0 for other metrics
  std::int64_t subset_size = 0;  // images in each of them
};

struct Evaluation {
  FeatureOrigin origin;
  std::int64_t dimension = 0;
  std::vector<MetricValue> metrics;
  std::vector<std::string> warnings;
  /// The nearest real image of each fake, [N, 1]; only if Metric::nearest was asked for.
  std::optional<Neighbors> nearest;

  /// The metric with this key; throws Error if it was not asked for.
  const MetricValue& metric(std::string_view key) const;
};

/// The evaluation as JSON holds it: the metrics with their counts, the origin and the warnings. See docs/metrics.md.
Value to_value(const Evaluation& evaluation);

/// Whether one of the metrics needs class probabilities of the fakes.
bool needs_probabilities(const std::vector<Metric>& metrics);

/// Throws OptionError if a metric needs more images than there are. The message says how many it needs and ends with
/// `hint`, a clause that names the options to change.
void require_enough_images(const EvaluationOptions& options, std::int64_t reals, std::int64_t fakes,
                           std::string_view hint);

/// The reasons why metrics of so many images in so many dimensions are unreliable, as one sentence each; empty if there
/// are none.
std::vector<std::string> evaluation_warnings(const EvaluationOptions& options, const FeatureOrigin& origin,
                                             std::int64_t dimension, std::int64_t reals, std::int64_t fakes);

/// Computes the metrics. Those that need sets of equal size take the first min(N, M) images of each, so sets should be
/// in random order. Throws as the metrics do.
Evaluation evaluate(const FeatureSet& real, const FeatureSet& fake, const FeatureOrigin& origin,
                    const EvaluationOptions& options = {}, const StageProgress& progress = {});

}  // namespace cspgan
