// Thresholds, rates, curves and areas. All curves come from one table: how many good and bad pictures have each score.
#include "cspgan/detection/scoring.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/random.hpp"

namespace cspgan {

namespace {

void require_finite(const std::vector<double>& scores, std::string_view of) {
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (!std::isfinite(scores[i]))
      throw Error(fmt::format("score {} of {} {} is {}, but scores must be finite", i, scores.size(), of, scores[i]));
}

void require_scores(const ScoredSet& set) {
  if (set.scores.size() != set.bad.size())
    throw Error(fmt::format("{} scores, but {} pictures are known to be good or bad: there must be one for each",
                            set.scores.size(), set.bad.size()));
  require_finite(set.scores, "pictures");
}

void require_threshold(double threshold) {
  if (std::isnan(threshold)) throw Error("the threshold is NaN, so no score is above it and none is not");
}

/// numpy.quantile's method "linear", rounded alike, of numbers in ascending order.
double quantile_of(std::span<const double> ascending, double q) {
  const double place = q * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const double low = ascending[below], high = ascending[std::min(below + 1, ascending.size() - 1)];
  const double share = place - static_cast<double>(below);
  return share < 0.5 ? low + (high - low) * share : high - (high - low) * (1 - share);
}

/// The smallest of the numbers, in ascending order, that at least this share of them is not above.
double smallest_covering(std::span<const double> ascending, double share) {
  const auto all = static_cast<double>(ascending.size());
  std::size_t counted = 1;
  while (static_cast<double>(counted) / all < share) ++counted;  // at most `all`, since a share is at most 1
  return ascending[counted - 1];
}

/// How many pictures have a score.
struct Tally {
  std::int64_t good = 0, bad = 0;
};

/// A set in the order of its scores.
struct Ranking {
  std::vector<double> scores;                 // that occur, from the highest down
  std::vector<Tally> tallies;                 // of each of them
  std::vector<std::int32_t> good_ranks = {};  // of each good picture: the place of its score
  std::vector<std::int32_t> bad_ranks = {};
  Tally all = {};

  explicit Ranking(const ScoredSet& set) {
    require_scores(set);
    if (set.scores.size() > std::numeric_limits<std::int32_t>::max())
      throw Error(fmt::format("{} scores are more than can be ranked", set.scores.size()));
    std::vector<std::size_t> order(set.scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return set.scores[a] > set.scores[b]; });
    for (const std::size_t i : order) {
      if (scores.empty() || set.scores[i] != scores.back()) {
        scores.push_back(set.scores[i]);
        tallies.emplace_back();
      }
      ++(set.bad[i] ? tallies.back().bad : tallies.back().good);
      (set.bad[i] ? bad_ranks : good_ranks).push_back(static_cast<std::int32_t>(scores.size() - 1));
    }
    all = {static_cast<std::int64_t>(good_ranks.size()), static_cast<std::int64_t>(bad_ranks.size())};
    if (all.good == 0 || all.bad == 0)
      throw Error(fmt::format("{} good and {} bad pictures: at least one of each is needed", all.good, all.bad));
  }
};

/// Exact but for the division: pairs in the right order count 2, ties 1.
double auc_of(const std::vector<Tally>& tallies, const Tally& all) {
  std::int64_t twice = 0, bad_above = 0;
  for (const Tally& tally : tallies) {
    twice += tally.good * (2 * bad_above + tally.bad);
    bad_above += tally.bad;
  }
  return static_cast<double>(twice) / (2 * static_cast<double>(all.good) * static_cast<double>(all.bad));
}

double average_precision_of(const std::vector<Tally>& tallies, const Tally& all) {
  double sum = 0;
  Tally above;
  for (const Tally& tally : tallies) {
    above.good += tally.good;
    above.bad += tally.bad;
    if (tally.bad > 0)
      sum +=
          static_cast<double>(tally.bad) * static_cast<double>(above.bad) / static_cast<double>(above.good + above.bad);
  }
  return sum / static_cast<double>(all.bad);
}

/// `called_bad`: how many scores from the highest down are above the threshold.
Confusion confusion_of(const std::vector<Tally>& tallies, const Tally& all, std::size_t called_bad) {
  Tally above;
  for (std::size_t rank = 0; rank < called_bad; ++rank) {
    above.good += tallies[rank].good;
    above.bad += tallies[rank].bad;
  }
  return {all.good - above.good, above.good, all.bad - above.bad, above.bad};
}

/// Draws a rank for each of them, with replacement.
void resample(const std::vector<std::int32_t>& ranks, std::int64_t Tally::*kind, HostRandom& random,
              std::vector<Tally>& tallies) {
  for (std::size_t i = 0; i < ranks.size(); ++i)
    ++(tallies[static_cast<std::size_t>(ranks[random.below(ranks.size())])].*kind);
}

Estimate estimate(double value, std::vector<double>& resampled, double confidence) {
  std::ranges::sort(resampled);
  const double outside = (1 - confidence) / 2;
  return {value, {quantile_of(resampled, outside), quantile_of(resampled, 1 - outside)}};
}

}  // namespace

void ThresholdOptions::validate() const {
  const double chosen = resolved_value();
  switch (rule) {
    case ThresholdRule::bad_max_share:
      return detail::require_positive(chosen, "threshold: value for bad_max_share");
    case ThresholdRule::bad_mean:
      return;
    case ThresholdRule::good_quantile:
      return require_within(chosen, {0, 1}, "threshold: value for good_quantile");
    case ThresholdRule::true_negative_rate:
      return detail::require(chosen > 0 && chosen <= 1, "threshold: value for true_negative_rate", "in (0, 1]", chosen);
  }
}

double choose_threshold(const std::vector<double>& good, const std::vector<double>& known_bad,
                        const ThresholdOptions& options) {
  options.validate();
  const std::string_view kind = options.needs_bad() ? "known bad pictures" : "good pictures";
  std::vector<double> scores = options.needs_bad() ? known_bad : good;
  if (scores.empty())
    throw Error(fmt::format("the threshold rule {} needs scores of {}, and there are none; {}", enum_name(options.rule),
                            kind, options.needs_bad() ? "good_quantile does without" : "bad_mean does without"));
  require_finite(scores, kind);
  std::ranges::sort(scores);
  switch (options.rule) {
    case ThresholdRule::bad_max_share:
      if (scores.back() < 0)
        throw Error(
            fmt::format("the largest score of {} is {}: bad_max_share needs one of 0 or more; bad_mean and "
                        "good_quantile work with any",
                        kind, scores.back()));
      return options.resolved_value() * scores.back();
    case ThresholdRule::bad_mean:
      return std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size());
    case ThresholdRule::good_quantile:
      return quantile_of(scores, options.resolved_value());
    case ThresholdRule::true_negative_rate:
      return smallest_covering(scores, options.resolved_value());
  }
  throw OptionError("threshold: rule is none of the known ones");
}

double Confusion::true_positive_rate() const {
  return static_cast<double>(true_positives) / static_cast<double>(true_positives + false_negatives);
}

double Confusion::true_negative_rate() const {
  return static_cast<double>(true_negatives) / static_cast<double>(true_negatives + false_positives);
}

Confusion confusion(const ScoredSet& set, double threshold) {
  require_scores(set);
  require_threshold(threshold);
  Confusion counts;
  for (std::size_t i = 0; i < set.scores.size(); ++i) {
    const bool called_bad = set.scores[i] > threshold;
    ++(set.bad[i] ? (called_bad ? counts.true_positives : counts.false_negatives)
                  : (called_bad ? counts.false_positives : counts.true_negatives));
  }
  return counts;
}

std::vector<RocPoint> roc_curve(const ScoredSet& set) {
  const Ranking ranking(set);
  std::vector<RocPoint> curve{{0, 0, std::numeric_limits<double>::infinity()}};
  Tally above;
  for (std::size_t rank = 0; rank < ranking.scores.size(); ++rank) {
    const Tally& step = ranking.tallies[rank];
    above.good += step.good;
    above.bad += step.bad;
    if (rank > 0 && rank + 1 < ranking.scores.size()) {
      const Tally& next = ranking.tallies[rank + 1];
      if (next.good == step.good && next.bad == step.bad) continue;
    }
    curve.push_back({static_cast<double>(above.good) / static_cast<double>(ranking.all.good),
                     static_cast<double>(above.bad) / static_cast<double>(ranking.all.bad), ranking.scores[rank]});
  }
  return curve;
}

double roc_auc(const ScoredSet& set) {
  const Ranking ranking(set);
  return auc_of(ranking.tallies, ranking.all);
}

std::vector<PrecisionRecallPoint> precision_recall_curve(const ScoredSet& set) {
  const Ranking ranking(set);
  std::vector<PrecisionRecallPoint> curve;
  Tally above;
  for (std::size_t rank = 0; rank < ranking.scores.size(); ++rank) {
    above.good += ranking.tallies[rank].good;
    above.bad += ranking.tallies[rank].bad;
    curve.push_back({static_cast<double>(above.bad) / static_cast<double>(above.good + above.bad),
                     static_cast<double>(above.bad) / static_cast<double>(ranking.all.bad), ranking.scores[rank]});
  }
  return curve;
}

double average_precision(const ScoredSet& set) {
  const Ranking ranking(set);
  return average_precision_of(ranking.tallies, ranking.all);
}

void BootstrapOptions::validate() const {
  detail::require_from_to(resamples, 10, 1'000'000, "bootstrap: resamples");
  detail::require(confidence > 0 && confidence < 1, "bootstrap: confidence", "above 0 and below 1", confidence);
}

DetectionMetrics measure_detection(const ScoredSet& set, double threshold, const BootstrapOptions& options) {
  options.validate();
  require_threshold(threshold);
  const Ranking ranking(set);
  const auto called_bad = static_cast<std::size_t>(
      std::ranges::find_if(ranking.scores, [&](double score) { return score <= threshold; }) - ranking.scores.begin());
  std::vector<double> positive_rates, negative_rates, areas, precisions;
  std::vector<Tally> tallies;
  for (std::int64_t i = 0; i < options.resamples; ++i) {
    HostRandom random({options.seed, static_cast<std::uint64_t>(i)});
    tallies.assign(ranking.tallies.size(), {});
    resample(ranking.good_ranks, &Tally::good, random, tallies);
    resample(ranking.bad_ranks, &Tally::bad, random, tallies);
    const Confusion counts = confusion_of(tallies, ranking.all, called_bad);
    positive_rates.push_back(counts.true_positive_rate());
    negative_rates.push_back(counts.true_negative_rate());
    areas.push_back(auc_of(tallies, ranking.all));
    precisions.push_back(average_precision_of(tallies, ranking.all));
  }
  const Confusion counts = confusion_of(ranking.tallies, ranking.all, called_bad);
  return {threshold,
          counts,
          estimate(counts.true_positive_rate(), positive_rates, options.confidence),
          estimate(counts.true_negative_rate(), negative_rates, options.confidence),
          estimate(auc_of(ranking.tallies, ranking.all), areas, options.confidence),
          estimate(average_precision_of(ranking.tallies, ranking.all), precisions, options.confidence)};
}

}  // namespace cspgan
