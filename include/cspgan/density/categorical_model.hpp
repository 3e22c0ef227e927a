// A distribution of combinations of features that do not depend on each other.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/random.hpp"
#include "cspgan/data/labels.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// One feature, such as "hair", its values, and how often each was observed.
struct CategoricalFeature {
  std::string name;
  std::vector<std::string> values;
  std::vector<double> counts;  // of each value, >= 0

  friend bool operator==(const CategoricalFeature&, const CategoricalFeature&) = default;
};

/// The categorical naive Bayes model of a single class: a value observed n times among N has the probability
/// (n + s) / (N + s d), with additive (Laplace) smoothing s and the number d of values of its feature; a combination
/// has the product of its values' probabilities (Manning, Raghavan and Schütze 2008, section 13.2).
class CategoricalModel {
 public:
  /// Throws OptionError, naming the feature, if it has no values, one of them twice, a negative count or another number
  /// of counts; if a name comes twice; and if all of a feature is 0 and not smoothed.
  explicit CategoricalModel(std::vector<CategoricalFeature> features, double smoothing = 1);

  const std::vector<CategoricalFeature>& features() const { return features_; }
  double smoothing() const { return smoothing_; }
  /// Number of combinations; as a double, since there may be many.
  double combinations() const;

  double probability(std::size_t feature, std::size_t value) const;
  /// Of a combination: the place of a value for each feature. Throws Error for another number of places or one that is
  /// not there.
  double probability(const std::vector<std::size_t>& combination) const;
  /// Of values by name, such as "hair=bald,glasses=none"; features that are not named may have any value. Throws
  /// OptionError for a name that does not exist, suggesting the most similar one.
  double probability(std::string_view conditions) const;

  /// Combination `index` of a seed: the place of a value for each feature. A function of both alone.
  std::vector<std::size_t> sample(std::uint64_t seed, std::uint64_t index) const;

  friend bool operator==(const CategoricalModel&, const CategoricalModel&) = default;

 private:
  std::size_t find(std::string_view name) const;

  std::vector<CategoricalFeature> features_;
  double smoothing_;
};

struct CategoricalFitOptions {
  double smoothing = 1;
  /// Features and their values that are known beforehand; counts are not used. A feature takes part only if the labels
  /// have it. Empty: those that occur.
  std::vector<CategoricalFeature> known{};
};

/// Counts the labels. Those that are unknown count nowhere. Throws OptionError if there are none, and for a feature or
/// a value that is not among the known ones, suggesting the most similar one.
CategoricalModel fit_categorical(const Labels& labels, const CategoricalFitOptions& options = {});

/// The same from a table: .csv with commas or semicolons, .tsv with tabs. Its first row names the features, and each
/// further one has a value of each; an empty field is unknown. Throws OptionError naming the file and the line that
/// cannot be read.
CategoricalModel fit_categorical(const std::filesystem::path& table, const CategoricalFitOptions& options = {});

}  // namespace cspgan
