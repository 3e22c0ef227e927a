// All figures about two sets of images, with the names that they may bear and the counts they were taken from.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
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
    field("splits", self.splits, "of the Inception score");
  }
  /// Throws OptionError naming the value.
  void validate() const;
};

/// Whose features they are.
struct FeatureOrigin {
  std::string extractor;      // its name
  bool is_inception = false;  // whether figures may be called FID, KID and Inception score
  Resizing resizing = Resizing::none;
  std::string file_sha256 = {};  // of its file; empty where it has none
};

struct Figure {
  std::string key;   // "fid", "precision", ...: the same for any extractor
  std::string name;  // "FID", "FD-builtin", ..., with the resizing convention
  double value = 0;
  std::optional<double> spread;  // standard deviation, over subsets or splits
  std::int64_t real_count = 0;   // images that it was taken from; 0 where it needs none
  std::int64_t fake_count = 0;
  std::int64_t subsets = 0;  // of the kernel distance, as they were taken; 0 for other figures
  std::int64_t subset_size = 0;
};

struct Evaluation {
  FeatureOrigin origin;
  std::int64_t dimension = 0;
  std::vector<Figure> figures;
  std::vector<std::string> warnings;
  /// With Metric::nearest: for each fake its nearest real, [N, 1].
  std::optional<Neighbors> nearest;

  /// The figure of a key; throws Error where it was not asked for.
  const Figure& figure(std::string_view key) const;
};

/// The keys of the figures that these metrics give, in their order.
std::vector<std::string> figure_keys(const std::vector<Metric>& metrics);

/// The value of a figure that is best where that lies between others: 0.5 of the 1-NN accuracies.
std::optional<double> target_of(std::string_view key);

/// Whether a smaller value of the figure says that the fakes are better; nothing where neither does. Of `one_nn`, whose
/// best is 0.5, true: what is not copied lies above.
std::optional<bool> lower_is_better(std::string_view key);
/// Whether `value` of a figure with such a direction is better than another: for `one_nn`, nearer to 0.5.
bool is_better(std::string_view key, double value, double than);

/// For JSON: figures with their counts, the origin, the warnings.
Value to_value(const Evaluation& evaluation);

/// Throws OptionError where a figure needs more images than these, which says how many and ends in `remedy`, a clause
/// that names the options to change.
void require_enough_images(const EvaluationOptions& options, std::int64_t reals, std::int64_t fakes,
                           std::string_view remedy);

/// What makes figures of so many images, in so many dimensions, doubtful: a sentence each.
std::vector<std::string> doubts(const EvaluationOptions& options, const FeatureOrigin& origin, std::int64_t dimension,
                                std::int64_t reals, std::int64_t fakes);

/// Figures that compare sets neighbor by neighbor take the first min(N, M) images of each; so sets should come in
/// random order. Throws as the figures do.
Evaluation evaluate(const FeatureSet& real, const FeatureSet& fake, const FeatureOrigin& origin,
                    const EvaluationOptions& options = {}, const StageProgress& progress = {});

}  // namespace cspgan
