// How well scores tell bad from good: thresholds, rates, curves and their areas, with intervals.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cspgan/core/options.hpp"
#include "cspgan/core/range.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Scores of pictures, higher where a picture is less like the good ones, and whether each is bad.
struct ScoredSet {
  std::vector<double> scores;
  std::vector<bool> bad;
};

/// How a threshold is chosen.
enum class ThresholdRule {
  bad_max_share,       // a share of the largest score of known bad pictures
  bad_mean,            // the mean score of known bad pictures
  good_quantile,       // a quantile of the scores of good pictures, between two of them by linear interpolation
  true_negative_rate,  // the smallest score of a good picture that at least this share of the good ones is not above
};

template <>
struct EnumNames<ThresholdRule> {
  static constexpr std::array names{std::pair{ThresholdRule::bad_max_share, "bad_max_share"},
                                    std::pair{ThresholdRule::bad_mean, "bad_mean"},
                                    std::pair{ThresholdRule::good_quantile, "good_quantile"},
                                    std::pair{ThresholdRule::true_negative_rate, "true_negative_rate"}};
};

struct ThresholdOptions {
  ThresholdRule rule = ThresholdRule::good_quantile;
  std::optional<double> value{};

  static void describe(auto&& self, auto&& field) {
    field("rule", self.rule, "what the threshold is chosen from");
    field("value", self.value,
          "bad_max_share: share of the largest known bad score, > 0; good_quantile: the quantile, in [0, 1]; "
          "true_negative_rate: the rate, in (0, 1]; bad_mean: not used; none: 0.56 for bad_max_share, else 0.99");
  }
  /// Throws OptionError naming the value that is out of range.
  void validate() const;
  /// `value`, or the rule's default.
  double resolved_value() const { return value.value_or(rule == ThresholdRule::bad_max_share ? 0.56 : 0.99); }
  /// Whether the rule needs scores of known bad pictures.
  bool needs_bad() const { return rule == ThresholdRule::bad_max_share || rule == ThresholdRule::bad_mean; }
  friend bool operator==(const ThresholdOptions&, const ThresholdOptions&) = default;
};

/// The score above which a picture is called bad. Quantiles are those of numpy.quantile's method "linear". Throws Error
/// if the rule has no scores to choose from, one of them is not finite, or a share is asked for of a negative score;
/// OptionError as validate() does.
double choose_threshold(const std::vector<double>& good, const std::vector<double>& known_bad,
                        const ThresholdOptions& options);

/// Counts of what was called bad, and was or was not. "Positive" is bad.
struct Confusion {
  std::int64_t true_negatives = 0, false_positives = 0, false_negatives = 0, true_positives = 0;

  /// Share of the bad that are called bad; NaN if there are none.
  double true_positive_rate() const;
  /// Share of the good that are not called bad; NaN if there are none.
  double true_negative_rate() const;
  friend bool operator==(const Confusion&, const Confusion&) = default;
};

/// A picture is called bad if its score is above the threshold, which may be infinite but not NaN. This and what
/// follows throw Error for lists of different lengths, or scores that are not finite.
Confusion confusion(const ScoredSet& set, double threshold);

struct RocPoint {
  double false_positive_rate, true_positive_rate, threshold;  // called bad: score >= threshold
};

/// From (0, 0), with an infinite threshold, to (1, 1): a point for each score that occurs, from the highest down. A
/// point between two equal steps is left out, as by scikit-learn's drop_intermediate; the curve is the same without it.
/// Throws Error, too, unless there are both good and bad pictures.
std::vector<RocPoint> roc_curve(const ScoredSet& set);

/// The area under the ROC curve: the chance that a bad picture has a higher score than a good one, ties counted half
/// (Fawcett 2006, section 7). Throws as roc_curve does.
double roc_auc(const ScoredSet& set);

struct PrecisionRecallPoint {
  double precision, recall, threshold;  // called bad: score >= threshold
};

/// For each score that occurs, from the highest down. Throws as roc_curve does.
std::vector<PrecisionRecallPoint> precision_recall_curve(const ScoredSet& set);

/// The mean of the precisions at the scores that occur, weighted by the rise of the recall; nothing is interpolated, as
/// in scikit-learn. Throws as roc_curve does.
double average_precision(const ScoredSet& set);

/// A number and its confidence interval.
struct Estimate {
  double value = 0;
  Range interval{};
};

struct BootstrapOptions {
  std::int64_t resamples = 1000;
  double confidence = 0.95;
  std::uint64_t seed = 0;

  static void describe(auto&& self, auto&& field) {
    field("resamples", self.resamples, "sets that are drawn, in [10, 1000000]");
    field("confidence", self.confidence, "share of such intervals that hold the true value, > 0 and < 1");
    field("seed", self.seed, "seed of what is drawn");
  }
  /// Throws OptionError naming the value that is out of range.
  void validate() const;
  friend bool operator==(const BootstrapOptions&, const BootstrapOptions&) = default;
};

/// The numbers of a detector on a set.
struct DetectionMetrics {
  double threshold = 0;
  Confusion confusion;
  Estimate true_positive_rate, true_negative_rate, auc, average_precision;
};

/// With percentile intervals of the bootstrap (Efron & Tibshirani 1993, chapter 13): as many good pictures as there are
/// are drawn from the good ones with replacement, and as many bad ones from the bad ones; the threshold stays. A rate
/// or an area of 0 or 1 has an interval of that number alone, however few pictures there are. Depends on the arguments
/// alone. Throws as roc_curve does, Error for a threshold of NaN, OptionError as BootstrapOptions::validate.
DetectionMetrics measure_detection(const ScoredSet& set, double threshold, const BootstrapOptions& options = {});

}  // namespace cspgan
