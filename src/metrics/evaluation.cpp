// Any metrics at once.
#include "cspgan/metrics/evaluation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/metrics/feature_statistics.hpp"
#include "cspgan/metrics/frechet.hpp"
#include "cspgan/metrics/inception_score.hpp"

namespace cspgan {

namespace {

constexpr std::array table{
    MetricInfo{"fid", "FID", "FD", Metric::fid, Direction::lower},
    MetricInfo{"kid", "KID", "KD", Metric::kid, Direction::lower},
    MetricInfo{"precision", "precision", "", Metric::prdc, Direction::higher},
    MetricInfo{"recall", "recall", "", Metric::prdc, Direction::higher},
    MetricInfo{"density", "density", "", Metric::prdc, Direction::higher},
    MetricInfo{"coverage", "coverage", "", Metric::prdc, Direction::higher},
    MetricInfo{"one_nn", "1-NN accuracy", "", Metric::one_nn, Direction::target, 0.5},
    MetricInfo{"one_nn_real", "1-NN accuracy, reals", "", Metric::one_nn, Direction::target, 0.5},
    MetricInfo{"one_nn_fake", "1-NN accuracy, fakes", "", Metric::one_nn, Direction::target, 0.5},
    MetricInfo{"inception_score", "Inception score", "class score", Metric::inception_score, Direction::higher},
    MetricInfo{"diversity_real", "mean distance between reals", "", Metric::diversity, Direction::none},
    MetricInfo{"diversity_fake", "mean distance between fakes", "", Metric::diversity, Direction::none},
    MetricInfo{"nearest", "mean distance to the nearest real", "", Metric::nearest, Direction::none},
};

/// "FID", or "FD-builtin": only Inception's distance bears the name by which the field knows it.
std::string full_name(std::string_view key, const FeatureOrigin& origin, std::int64_t neighbors = 0) {
  const MetricInfo& info = metric_info(key);
  if (info.metric == Metric::prdc) return fmt::format("{} (k = {})", info.name, neighbors);
  if (info.other_name.empty()) return std::string(info.name);
  std::string name =
      origin.is_inception ? std::string(info.name) : fmt::format("{}-{}", info.other_name, origin.extractor);
  if (origin.resizing != Resizing::none) name += fmt::format(" ({})", enum_name(origin.resizing));
  return name;
}

/// Computes the metrics of two sets one after the other.
class MetricComputer {
 public:
  MetricComputer(const FeatureSet& real, const FeatureSet& fake, const EvaluationOptions& options,
                 const StageProgress& progress, Evaluation& result)
      : real_(real), fake_(fake), options_(options), progress_(progress), result_(result) {
    const std::int64_t equal = std::min(real.size(), fake.size());
    equal_real_ = real.features.narrow(0, 0, equal);
    equal_fake_ = fake.features.narrow(0, 0, equal);
  }

  void compute(Metric metric) {
    switch (metric) {
      case Metric::fid:
        return frechet();
      case Metric::kid:
        return kernel();
      case Metric::prdc:
        return manifold();
      case Metric::one_nn:
        return nearest_neighbor();
      case Metric::inception_score:
        return score();
      case Metric::diversity:
        return diversity();
      case Metric::nearest:
        return nearest();
    }
  }

 private:
  void add(std::string_view key, double value, std::int64_t reals, std::int64_t fakes,
           std::optional<double> spread = {}) {
    result_.metrics.push_back({.key = std::string(key),
                               .name = full_name(key, result_.origin, options_.neighbors),
                               .value = value,
                               .spread = spread,
                               .real_count = reals,
                               .fake_count = fakes});
  }

  FeatureStatistics statistics(const FeatureSet& set, std::string_view what) const {
    return set.statistics ? *set.statistics : statistics_of(set.features, stage_of(progress_, std::string(what)));
  }

  void frechet() {
    const FeatureStatistics real = statistics(real_, "statistics of the reals");
    const FeatureStatistics fake = statistics(fake_, "statistics of the fakes");
    add("fid", frechet_distance(real, fake, stage_of(progress_, "Frechet distance")), real.count(), fake.count());
  }

  void kernel() {
    const KernelDistance found =
        kernel_distance(real_.features, fake_.features, options_.kernel, stage_of(progress_, "kernel distance"));
    // Subsets that are the whole sets are all the same, and their spread is that of rounding.
    const bool whole = found.subset_size == real_.size() && found.subset_size == fake_.size();
    add("kid", found.mean, real_.size(), fake_.size(), whole ? std::nullopt : std::optional(found.standard_deviation));
    result_.metrics.back().subsets = found.subsets;
    result_.metrics.back().subset_size = found.subset_size;
  }

  void manifold() {
    const Prdc found = prdc(equal_real_, equal_fake_, options_.neighbors, stage_of(progress_, "precision and recall"));
    const auto put = [&](std::string_view key, double value) {
      add(key, value, equal_real_.size(0), equal_fake_.size(0));
    };
    put("precision", found.precision);
    put("recall", found.recall);
    put("density", found.density);
    put("coverage", found.coverage);
  }

  void nearest_neighbor() {
    const NearestNeighborTest found = nearest_neighbor_test(equal_real_, equal_fake_, stage_of(progress_, "1-NN test"));
    const std::int64_t count = equal_real_.size(0);
    add("one_nn", found.total, count, count);
    add("one_nn_real", found.real, count, count);
    add("one_nn_fake", found.fake, count, count);
  }

  void score() {
    if (!fake_.probabilities.defined()) throw Error("an Inception score needs the probabilities of the fakes");
    const InceptionScore found = inception_score(fake_.probabilities, options_.splits);
    add("inception_score", found.mean, 0, fake_.size(), found.standard_deviation);
  }

  void diversity() {
    const std::int64_t count = equal_real_.size(0);
    const double reals = mean_pairwise_distance(equal_real_, stage_of(progress_, "diversity of reals"));
    const double fakes = mean_pairwise_distance(equal_fake_, stage_of(progress_, "diversity of fakes"));
    add("diversity_real", reals, count, 0);
    add("diversity_fake", fakes, 0, count);
  }

  void nearest() {
    result_.nearest = nearest_neighbors(fake_.features, real_.features, 1, stage_of(progress_, "nearest reals"));
    add("nearest", result_.nearest->distance.mean().item<double>(), real_.size(), fake_.size());
  }

  const FeatureSet& real_;
  const FeatureSet& fake_;
  const EvaluationOptions& options_;
  const StageProgress& progress_;
  Evaluation& result_;
  Tensor equal_real_, equal_fake_;
};

}  // namespace

void EvaluationOptions::validate() const {
  kernel.validate();
  if (metrics.empty()) throw OptionError("evaluation: name at least one metric");
  for (const Metric metric : metrics)
    if (std::ranges::count(metrics, metric) > 1)
      throw OptionError(fmt::format("evaluation: the metric '{}' is named twice", enum_name(metric)));
  detail::require_at_least(neighbors, 1, "evaluation: neighbors");
  detail::require_at_least(splits, 1, "evaluation: splits");
}

bool MetricInfo::is_better(double value, double than) const {
  switch (direction) {
    case Direction::lower:
      return value < than;
    case Direction::higher:
      return value > than;
    case Direction::target:
      return std::abs(value - target) < std::abs(than - target);
    case Direction::none:
      break;
  }
  return false;
}

std::span<const MetricInfo> metric_table() { return table; }

const MetricInfo& metric_info(std::string_view key) {
  const auto found = std::ranges::find(table, key, &MetricInfo::key);
  if (found == table.end()) throw Error(fmt::format("there is no metric '{}'", key));
  return *found;
}

std::vector<MetricInfo> metrics_of(const std::vector<Metric>& groups) {
  std::vector<MetricInfo> found;
  for (const Metric group : groups)
    std::ranges::copy_if(table, std::back_inserter(found),
                         [&](const MetricInfo& info) { return info.metric == group; });
  return found;
}

const MetricValue& Evaluation::metric(std::string_view key) const {
  const auto found = std::ranges::find(metrics, key, &MetricValue::key);
  if (found == metrics.end()) throw Error(fmt::format("the evaluation has no metric '{}'", key));
  return *found;
}

Value to_value(const Evaluation& evaluation) {
  Value::Array metrics, warnings;
  for (const MetricValue& metric : evaluation.metrics) {
    Value value(Value::Object{{"key", metric.key}, {"name", metric.name}, {"value", metric.value}});
    if (metric.spread) value.set("spread", *metric.spread);
    if (metric.real_count > 0) value.set("real_count", metric.real_count);
    if (metric.fake_count > 0) value.set("fake_count", metric.fake_count);
    if (metric.subsets > 0) value.set("subsets", metric.subsets);
    if (metric.subset_size > 0) value.set("subset_size", metric.subset_size);
    metrics.push_back(std::move(value));
  }
  for (const std::string& warning : evaluation.warnings) warnings.emplace_back(warning);
  Value value(Value::Object{{"extractor", evaluation.origin.extractor}});
  if (!evaluation.origin.file_sha256.empty()) value.set("extractor_sha256", evaluation.origin.file_sha256);
  value.set("is_inception", evaluation.origin.is_inception);
  value.set("resizing", enum_name(evaluation.origin.resizing));
  value.set("dimension", evaluation.dimension);
  value.set("metrics", std::move(metrics));
  value.set("warnings", std::move(warnings));
  return value;
}

bool needs_probabilities(const std::vector<Metric>& metrics) {
  return std::ranges::find(metrics, Metric::inception_score) != metrics.end();
}

void require_enough_images(const EvaluationOptions& options, std::int64_t reals, std::int64_t fakes,
                           std::string_view hint) {
  const auto require = [&](bool enough, const std::string& need) {
    if (!enough)
      throw OptionError(fmt::format("{}, but there are {} real and {} generated ones; {}", need, reals, fakes, hint));
  };
  const auto has = [&](Metric metric) { return std::ranges::find(options.metrics, metric) != options.metrics.end(); };
  const std::int64_t fewest = std::min(reals, fakes);
  require(fewest >= 2, "metrics need at least 2 images of each kind");
  require(
      !has(Metric::prdc) || fewest > options.neighbors,
      fmt::format("precision, recall, density and coverage (prdc) with k = {} need more than {} images of each kind",
                  options.neighbors, options.neighbors));
  require(!has(Metric::inception_score) || fakes >= options.splits,
          fmt::format("an Inception score needs at least {} generated images", options.splits));
}

std::vector<std::string> evaluation_warnings(const EvaluationOptions& options, const FeatureOrigin& origin,
                                             std::int64_t dimension, std::int64_t reals, std::int64_t fakes) {
  std::vector<std::string> found;
  const std::int64_t fewest = std::min(reals, fakes);
  for (const Metric metric : options.metrics) {
    if (metric == Metric::fid && fewest <= dimension)
      found.push_back(
          fmt::format("{} of {} images in {} dimensions: the covariance is singular and the distance much too large; "
                      "compare it only with distances from as many images, or give more than {} images",
                      full_name("fid", origin), fewest, dimension, dimension));
    const std::int64_t subset = std::min(options.kernel.subset_size, fewest);
    if (metric == Metric::kid && 2 * subset > fewest)
      found.push_back(fmt::format(
          "{}: each of its subsets takes {} of the {} images, more than half, so they overlap and its spread is too "
          "small; give more images",
          full_name("kid", origin), subset, fewest));
  }
  return found;
}

Evaluation evaluate(const FeatureSet& real, const FeatureSet& fake, const FeatureOrigin& origin,
                    const EvaluationOptions& options, const StageProgress& progress) {
  options.validate();
  if (real.size() < 2 || fake.size() < 2)
    throw Error(fmt::format("an evaluation needs at least 2 images of each kind, not {} real and {} fake ones",
                            real.size(), fake.size()));
  if (real.features.size(1) != fake.features.size(1))
    throw Error(fmt::format("the real features have {} dimensions, the fake ones {}; take both from one extractor",
                            real.features.size(1), fake.features.size(1)));
  Evaluation result;
  result.origin = origin;
  result.dimension = real.features.size(1);
  result.warnings = evaluation_warnings(options, origin, result.dimension, real.size(), fake.size());
  MetricComputer computer(real, fake, options, progress, result);
  for (const Metric metric : options.metrics) computer.compute(metric);
  return result;
}

}  // namespace cspgan
