// Thresholds, rates, curves, areas and their intervals: closed forms, counts by hand, and other ways to the same
// number. tests/parity/detection.py compares with scikit-learn.
#include "cspgan/detection/scoring.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>

#include "cspgan/core/error.hpp"
#include "cspgan/core/random.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

ScoredSet set_of(const std::vector<double>& good, const std::vector<double>& bad) {
  ScoredSet set;
  for (const double score : good) set.scores.push_back(score), set.bad.push_back(false);
  for (const double score : bad) set.scores.push_back(score), set.bad.push_back(true);
  return set;
}

/// Normal scores of variance 1: the good ones around 0, the bad ones around `shift`. Rounded to a step, if one is
/// given, so that many are tied.
ScoredSet normal_set(std::int64_t good, std::int64_t bad, double shift, std::uint64_t seed, double step = 0) {
  HostRandom random({seed});
  const auto draw = [&](std::int64_t count, double mean) {
    std::vector<double> scores;
    for (std::int64_t i = 0; i < count; ++i) {
      const double score = mean + random.normal();
      scores.push_back(step == 0 ? score : std::round(score / step) * step);
    }
    return scores;
  };
  const std::vector<double> low = draw(good, 0), high = draw(bad, shift);
  return set_of(low, high);
}

/// Of all pairs, one by one.
double auc_by_pairs(const ScoredSet& set) {
  double right = 0, pairs = 0;
  for (std::size_t i = 0; i < set.scores.size(); ++i)
    for (std::size_t j = 0; j < set.scores.size(); ++j)
      if (set.bad[i] && !set.bad[j]) {
        right += set.scores[i] > set.scores[j] ? 1 : set.scores[i] == set.scores[j] ? 0.5 : 0;
        ++pairs;
      }
  return right / pairs;
}

/// The standard error of the area (DeLong et al. 1988): from the spread of each picture's share of pairs won.
double auc_standard_error(const ScoredSet& set) {
  double variance = 0;
  for (const bool kind : {false, true}) {
    std::vector<double> wins;
    for (std::size_t i = 0; i < set.scores.size(); ++i) {
      if (set.bad[i] != kind) continue;
      double won = 0, others = 0;
      for (std::size_t j = 0; j < set.scores.size(); ++j) {
        if (set.bad[j] == kind) continue;
        const double ahead = kind ? set.scores[i] - set.scores[j] : set.scores[j] - set.scores[i];
        won += ahead > 0 ? 1 : ahead == 0 ? 0.5 : 0;
        ++others;
      }
      wins.push_back(won / others);
    }
    double mean = 0, squares = 0;
    for (const double win : wins) mean += win / static_cast<double>(wins.size());
    for (const double win : wins) squares += (win - mean) * (win - mean);
    variance += squares / static_cast<double>(wins.size() - 1) / static_cast<double>(wins.size());
  }
  return std::sqrt(variance);
}

bool is_close(double found, double expected, double tolerance) { return std::abs(found - expected) <= tolerance; }

bool holds(const Range& interval, double value) { return interval.low <= value && value <= interval.high; }

}  // namespace

TEST_CASE("rates are shares of the bad and of the good", "[detection]") {
  const Confusion published{3276, 389, 41, 88};
  CHECK(is_close(published.true_negative_rate(), 0.894, 0.0005));
  CHECK(is_close(published.true_positive_rate(), 0.682, 0.0005));
  CHECK(std::isnan(Confusion{3, 1, 0, 0}.true_positive_rate()));
  CHECK(std::isnan(Confusion{0, 0, 1, 2}.true_negative_rate()));
}

TEST_CASE("a picture is called bad above the threshold, and not at it", "[detection]") {
  const ScoredSet set = set_of({1, 2, 3, 4}, {2, 4, 5});
  CHECK(confusion(set, 2) == Confusion{2, 2, 1, 2});
  CHECK(confusion(set, 1.999) == Confusion{1, 3, 0, 3});
  CHECK(confusion(set, infinity) == Confusion{4, 0, 3, 0});
  CHECK(confusion(set, -infinity) == Confusion{0, 4, 0, 3});
  CHECK(confusion({}, 0) == Confusion{});
  CHECK(confusion({{1, 3}, {false, false}}, 2) == Confusion{1, 1, 0, 0});
}

TEST_CASE("thresholds follow their rules", "[detection]") {
  const std::vector<double> good{3, 1, 2, 4}, bad{10, 4, 7};
  const auto chosen = [&](ThresholdRule rule, double value) { return choose_threshold(good, bad, {rule, value}); };
  CHECK(is_close(chosen(ThresholdRule::bad_max_share, 0.56), 5.6, 1e-12));
  CHECK(chosen(ThresholdRule::bad_mean, 0.99) == 7);
  CHECK(chosen(ThresholdRule::good_quantile, 0) == 1);
  CHECK(chosen(ThresholdRule::good_quantile, 1) == 4);
  CHECK(chosen(ThresholdRule::good_quantile, 0.5) == 2.5);
  CHECK(is_close(chosen(ThresholdRule::good_quantile, 0.9), 3.7, 1e-12));
  CHECK(chosen(ThresholdRule::true_negative_rate, 0.5) == 2);
  CHECK(chosen(ThresholdRule::true_negative_rate, 0.501) == 3);
  CHECK(chosen(ThresholdRule::true_negative_rate, 1e-9) == 1);
  CHECK(chosen(ThresholdRule::true_negative_rate, 1) == 4);
  CHECK(choose_threshold({2}, {}, {}) == 2);
  CHECK(choose_threshold({-3, -1}, {-2, -4}, {ThresholdRule::bad_mean, 0}) == -3);
}

TEST_CASE("the threshold for a rate reaches it, and the next smaller score does not", "[detection]") {
  std::vector<double> good;
  for (int i = 0; i < 100; ++i) good.push_back((i * 37 % 100) / 3);  // integers, each about three times
  std::vector<double> ascending = good;
  std::ranges::sort(ascending);
  for (int percent = 1; percent <= 100; ++percent) {
    const double rate = percent / 100.0;
    const double threshold = choose_threshold(good, {}, {ThresholdRule::true_negative_rate, rate});
    CHECK(threshold == ascending[static_cast<std::size_t>(percent - 1)]);
    CHECK(confusion(set_of(good, {}), threshold).true_negative_rate() >= rate);
    CHECK(confusion(set_of(good, {}), threshold - 1).true_negative_rate() < rate);
  }
}

TEST_CASE("a threshold that cannot be chosen is refused", "[detection]") {
  const auto refused = [](const std::vector<double>& good, const std::vector<double>& bad, ThresholdRule rule,
                          double value) {
    return message_of<Error>([&] { choose_threshold(good, bad, {rule, value}); });
  };
  CHECK(contains(refused({1}, {}, ThresholdRule::bad_max_share, 0.5), "bad_max_share needs scores of known bad"));
  CHECK(contains(refused({1}, {}, ThresholdRule::bad_mean, 0.5), "good_quantile does without"));
  CHECK(contains(refused({}, {1}, ThresholdRule::good_quantile, 0.5), "needs scores of good"));
  CHECK(contains(refused({1, not_a_number}, {}, ThresholdRule::true_negative_rate, 0.5),
                 "score 1 of 2 good pictures is nan"));
  CHECK(contains(refused({}, {infinity}, ThresholdRule::bad_mean, 0.5), "finite"));
  CHECK(contains(refused({}, {-2, -3}, ThresholdRule::bad_max_share, 0.5), "is -2"));
  const auto wrong = [](ThresholdRule rule, double value) {
    return message_of<OptionError>([&] { ThresholdOptions{rule, value}.validate(); });
  };
  CHECK(contains(wrong(ThresholdRule::bad_max_share, 0), "bad_max_share"));
  CHECK(contains(wrong(ThresholdRule::good_quantile, 1.5), "1.5"));
  CHECK(contains(wrong(ThresholdRule::good_quantile, not_a_number), "nan"));
  CHECK(contains(wrong(ThresholdRule::true_negative_rate, 0), "(0, 1]"));
  CHECK_NOTHROW(ThresholdOptions{ThresholdRule::bad_mean, -7}.validate());
  CHECK(ThresholdOptions{ThresholdRule::bad_mean, 0}.needs_bad());
  CHECK_FALSE(ThresholdOptions{}.needs_bad());
}

TEST_CASE("perfect, reversed and constant scores have areas 1, 0 and 1/2", "[detection]") {
  const ScoredSet perfect = set_of({1, 2, 3}, {4, 5}), reversed = set_of({4, 5, 6}, {1, 2}),
                  constant = set_of({1, 1, 1}, {1, 1});
  CHECK(roc_auc(perfect) == 1);
  CHECK(roc_auc(reversed) == 0);
  CHECK(roc_auc(constant) == 0.5);
  CHECK(average_precision(perfect) == 1);
  CHECK(is_close(average_precision(reversed), 0.5 * (1.0 / 4) + 0.5 * (2.0 / 5), 1e-15));
  CHECK(average_precision(constant) == 0.4);
  const auto curve = roc_curve(constant);
  REQUIRE(curve.size() == 2);
  CHECK(curve[0].threshold == infinity);
  CHECK(curve[1].false_positive_rate == 1);
  CHECK(curve[1].true_positive_rate == 1);
  CHECK(curve[1].threshold == 1);
}

TEST_CASE("curves with ties have the points that one counts by hand", "[detection]") {
  const ScoredSet set = set_of({1, 2, 3, 3}, {3, 3, 4, 1});
  const auto curve = roc_curve(set);
  REQUIRE(curve.size() == 5);  // at 4, 3, 2 and 1
  const double expected[][3] = {{0, 0, infinity}, {0, 0.25, 4}, {0.5, 0.75, 3}, {0.75, 0.75, 2}, {1, 1, 1}};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(curve[i].false_positive_rate == expected[i][0]);
    CHECK(curve[i].true_positive_rate == expected[i][1]);
    CHECK(curve[i].threshold == expected[i][2]);
  }
  // Pairs won: 4 beats 4; each 3 beats 2 and ties 2; 1 ties 1.
  CHECK(roc_auc(set) == (4 + 2 * (2 + 2 * 0.5) + 0.5) / 16);
  const auto precisions = precision_recall_curve(set);
  REQUIRE(precisions.size() == 4);
  const double wanted[][3] = {{1, 0.25, 4}, {3.0 / 5, 0.75, 3}, {3.0 / 6, 0.75, 2}, {4.0 / 8, 1, 1}};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(precisions[i].precision == wanted[i][0]);
    CHECK(precisions[i].recall == wanted[i][1]);
    CHECK(precisions[i].threshold == wanted[i][2]);
  }
  CHECK(is_close(average_precision(set), 0.25 * 1 + 0.5 * 3 / 5 + 0.25 * 4 / 8, 1e-15));
}

TEST_CASE("a point between two equal steps is left out of the ROC curve", "[detection]") {
  const auto curve = roc_curve(set_of({1, 2, 3}, {4, 5, 6, 7}));
  std::vector<double> thresholds;
  for (const RocPoint& point : curve) thresholds.push_back(point.threshold);
  CHECK((thresholds == std::vector<double>{infinity, 7, 4, 1}));
}

TEST_CASE("the area is the share of pairs in the right order, and lies under the curve", "[detection]") {
  for (const double step : {0.0, 0.5, 2.0}) {
    const ScoredSet set = normal_set(120, 45, 0.8, 3, step);
    CHECK(is_close(roc_auc(set), auc_by_pairs(set), 1e-12));
    const auto curve = roc_curve(set);
    double area = 0;
    for (std::size_t i = 1; i < curve.size(); ++i)
      area += (curve[i].false_positive_rate - curve[i - 1].false_positive_rate) *
              (curve[i].true_positive_rate + curve[i - 1].true_positive_rate) / 2;
    CHECK(is_close(roc_auc(set), area, 1e-12));
  }
}

TEST_CASE("scores that cannot be compared are refused", "[detection]") {
  const ScoredSet uneven{{1, 2}, {true}}, infinite = set_of({1}, {infinity}), all_good = set_of({1, 2}, {});
  CHECK(contains(message_of<Error>([&] { confusion(uneven, 0); }), "2 scores"));
  CHECK(contains(message_of<Error>([&] { confusion(infinite, 0); }), "score 1 of 2 pictures is inf"));
  CHECK(contains(message_of<Error>([&] { confusion(all_good, not_a_number); }), "NaN"));
  for (const ScoredSet& set : {uneven, infinite, all_good, set_of({}, {1}), ScoredSet{}}) {
    CHECK_THROWS_AS(roc_curve(set), Error);
    CHECK_THROWS_AS(roc_auc(set), Error);
    CHECK_THROWS_AS(precision_recall_curve(set), Error);
    CHECK_THROWS_AS(average_precision(set), Error);
    CHECK_THROWS_AS(measure_detection(set, 0), Error);
  }
  CHECK(contains(message_of<Error>([&] { roc_auc(all_good); }), "2 good and 0 bad"));
  const ScoredSet set = set_of({1}, {2});
  CHECK(contains(message_of<Error>([&] { measure_detection(set, not_a_number); }), "NaN"));
  CHECK(contains(message_of<OptionError>([&] { measure_detection(set, 0, {.resamples = 9}); }), "resamples"));
  CHECK(contains(message_of<OptionError>([&] { measure_detection(set, 0, {.confidence = 1}); }), "confidence"));
}

TEST_CASE("the measured values are those of the functions", "[detection]") {
  const ScoredSet set = normal_set(200, 60, 1, 8, 0.25);
  const DetectionMetrics metrics = measure_detection(set, 1, {.resamples = 50});
  CHECK(metrics.threshold == 1);
  CHECK(metrics.confusion == confusion(set, 1));
  CHECK(metrics.true_positive_rate.value == metrics.confusion.true_positive_rate());
  CHECK(metrics.true_negative_rate.value == metrics.confusion.true_negative_rate());
  CHECK(metrics.auc.value == roc_auc(set));
  CHECK(metrics.average_precision.value == average_precision(set));
  const DetectionMetrics perfect = measure_detection(set_of({1, 2}, {3}), 2);
  CHECK((perfect.auc.interval == Range{1, 1}));
  CHECK((perfect.true_positive_rate.interval == Range{1, 1}));
  CHECK((measure_detection(set_of({1, 2}, {3}), infinity).true_positive_rate.interval == Range{0, 0}));
}

TEST_CASE("a set and a seed give the same intervals each time, and another seed gives others", "[detection]") {
  const ScoredSet set = normal_set(150, 70, 1, 9);
  const Range first = measure_detection(set, 1, {.seed = 4}).auc.interval;
  CHECK(measure_detection(set, 1, {.seed = 4}).auc.interval == first);
  CHECK_FALSE(measure_detection(set, 1, {.seed = 5}).auc.interval == first);
  CHECK(is_close(measure_detection(set, 1, {.seed = 5}).auc.interval.low, first.low, 0.01));
}

TEST_CASE("intervals of large sets are those of the normal approximations", "[detection]") {
  const ScoredSet set = normal_set(2000, 1500, 1, 10, 0.01);
  for (const auto& [confidence, sigmas] : {std::pair{0.95, 1.959964}, std::pair{0.5, 0.674490}}) {
    const DetectionMetrics metrics = measure_detection(set, 1, {.resamples = 4000, .confidence = confidence});
    const auto check = [&, sigmas = sigmas](const Estimate& estimate, double standard_error) {
      const double tolerance = 0.15 * standard_error;  // 3.6 standard deviations of a quantile of 4,000 resamples
      CHECK(is_close(estimate.interval.low, estimate.value - sigmas * standard_error, tolerance));
      CHECK(is_close(estimate.interval.high, estimate.value + sigmas * standard_error, tolerance));
    };
    const auto binomial = [](double rate, double count) { return std::sqrt(rate * (1 - rate) / count); };
    check(metrics.true_negative_rate, binomial(metrics.true_negative_rate.value, 2000));
    check(metrics.true_positive_rate, binomial(metrics.true_positive_rate.value, 1500));
    check(metrics.auc, auc_standard_error(set));
  }
}

TEST_CASE("the interval of the average precision is that of resampled sets", "[detection]") {
  std::mt19937 random(5);
  const ScoredSet set = normal_set(90, 30, 1, 11, 0.5);
  std::vector<double> resampled;
  for (int i = 0; i < 2000; ++i) {
    ScoredSet drawn;
    for (std::size_t j = 0; j < 120; ++j) {
      const std::size_t chosen = j < 90 ? random() % 90 : 90 + random() % 30;
      drawn.scores.push_back(set.scores[chosen]);
      drawn.bad.push_back(set.bad[chosen]);
    }
    resampled.push_back(average_precision(drawn));
  }
  std::ranges::sort(resampled);
  const Range interval = measure_detection(set, 1, {.resamples = 2000}).average_precision.interval;
  const double width = resampled[1950] - resampled[50];
  CHECK(is_close(interval.low, resampled[50], 0.08 * width));
  CHECK(is_close(interval.high, resampled[1950], 0.08 * width));
}

TEST_CASE("intervals hold the true values about as often as their confidence says", "[detection]") {
  constexpr int sets = 400;
  constexpr double shift = 1.2, threshold = 0.6;
  const double rate = 0.5 * std::erfc(-threshold / std::numbers::sqrt2);  // of both, by symmetry
  const double area = 0.5 * std::erfc(-shift / 2);                        // the normal distribution at shift / sqrt 2
  int positive = 0, negative = 0, areas = 0;
  for (int i = 0; i < sets; ++i) {
    const DetectionMetrics metrics = measure_detection(normal_set(300, 120, shift, 100 + static_cast<std::uint64_t>(i)),
                                                       threshold, {.resamples = 400, .confidence = 0.9});
    positive += holds(metrics.true_positive_rate.interval, rate);
    negative += holds(metrics.true_negative_rate.interval, rate);
    areas += holds(metrics.auc.interval, area);
  }
  // 360 are expected, with a standard deviation of 6; the percentile interval is known to be a little narrow.
  for (const int held : {positive, negative, areas}) {
    CHECK(held >= 340);
    CHECK(held <= 380);
  }
}
