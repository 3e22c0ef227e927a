// Counts, and what follows from them.
#include "cspgan/density/categorical_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "data/table.hpp"

namespace cspgan {

namespace {

/// The place of a name; throws OptionError, suggesting the most similar one.
std::size_t place_of(std::string_view name, const std::vector<std::string>& names, std::string_view what) {
  const auto found = std::ranges::find(names, name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  const std::string similar = closest_match(name, names);
  throw OptionError(fmt::format("there is no {} '{}'{}", what, name,
                                similar.empty() ? "" : fmt::format("; did you mean '{}'?", similar)));
}

std::vector<std::string> names_of(const std::vector<CategoricalFeature>& features) {
  std::vector<std::string> names;
  for (const CategoricalFeature& feature : features) names.push_back(feature.name);
  return names;
}

bool has_twice(std::vector<std::string> names) {
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) != names.end();
}

double sum_of(const std::vector<double>& counts) { return std::accumulate(counts.begin(), counts.end(), 0.0); }

}  // namespace

CategoricalModel::CategoricalModel(std::vector<CategoricalFeature> features, double smoothing)
    : features_(std::move(features)), smoothing_(smoothing) {
  if (features_.empty()) throw OptionError("a categorical model needs a feature");
  if (!(smoothing >= 0 && smoothing <= 1e12))
    throw OptionError(fmt::format("smoothing must be 0 or more, not {}", smoothing));
  if (has_twice(names_of(features_))) throw OptionError("two features of a categorical model have the same name");
  for (const auto& [name, values, counts] : features_) {
    if (values.empty()) throw OptionError(fmt::format("the feature '{}' has no values", name));
    if (has_twice(values)) throw OptionError(fmt::format("the feature '{}' has a value twice", name));
    if (counts.size() != values.size())
      throw OptionError(
          fmt::format("the feature '{}' has {} values and {} counts", name, values.size(), counts.size()));
    for (const double count : counts)
      if (!(count >= 0 && count <= 1e15))
        throw OptionError(fmt::format("a count of the feature '{}' is {}, but must be 0 or more", name, count));
    if (sum_of(counts) + smoothing == 0)
      throw OptionError(
          fmt::format("no value of the feature '{}' was observed; a smoothing makes all equally likely", name));
  }
}

double CategoricalModel::combinations() const {
  double product = 1;
  for (const CategoricalFeature& feature : features_) product *= static_cast<double>(feature.values.size());
  return product;
}

double CategoricalModel::probability(std::size_t feature, std::size_t value) const {
  const std::vector<double>& counts = features_.at(feature).counts;
  return (counts.at(value) + smoothing_) / (sum_of(counts) + smoothing_ * static_cast<double>(counts.size()));
}

double CategoricalModel::probability(const std::vector<std::size_t>& combination) const {
  if (combination.size() != features_.size())
    throw Error(fmt::format("a combination has {} values for {} features", combination.size(), features_.size()));
  double product = 1;
  for (std::size_t i = 0; i < combination.size(); ++i) {
    if (combination[i] >= features_[i].values.size())
      throw Error(fmt::format("the feature '{}' has no value {}", features_[i].name, combination[i]));
    product *= probability(i, combination[i]);
  }
  return product;
}

std::size_t CategoricalModel::find(std::string_view name) const {
  return place_of(name, names_of(features_), "feature");
}

double CategoricalModel::probability(std::string_view conditions) const {
  std::vector<bool> named(features_.size());
  double product = 1;
  for (const auto& [name, value] : detail::split_conditions(conditions, "", "feature=value")) {
    const std::size_t feature = find(name);
    if (named[feature]) throw OptionError(fmt::format("the feature '{}' is named twice", features_[feature].name));
    named[feature] = true;
    product *= probability(
        feature, place_of(value, features_[feature].values, fmt::format("value of {}", features_[feature].name)));
  }
  return product;
}

std::vector<std::size_t> CategoricalModel::sample(std::uint64_t seed, std::uint64_t index) const {
  HostRandom random({seed, index});
  std::vector<std::size_t> combination;
  for (std::size_t feature = 0; feature < features_.size(); ++feature) {
    double place = random.uniform();
    std::size_t chosen = 0;  // the last one that is possible, if rounding leads behind all
    for (std::size_t value = 0; value < features_[feature].values.size(); ++value) {
      const double share = probability(feature, value);
      if (share <= 0) continue;
      chosen = value;
      if (place < share) break;
      place -= share;
    }
    combination.push_back(chosen);
  }
  return combination;
}

namespace {

/// Counts values by their names; throws OptionError for what is not known.
class Counter {
 public:
  Counter(const std::vector<std::string>& names, const CategoricalFitOptions& options) : open_(options.known.empty()) {
    for (const std::string& name : names) {
      CategoricalFeature feature{name, {}, {}};
      if (!open_) feature.values = options.known[place_of(name, names_of(options.known), "feature")].values;
      feature.counts.resize(feature.values.size());
      features_.push_back(std::move(feature));
    }
  }

  void add(std::size_t feature, std::string_view value, double times = 1) {
    auto& [name, values, counts] = features_[feature];
    if (open_ && std::ranges::find(values, value) == values.end()) {
      values.emplace_back(value);
      counts.push_back(0);
    }
    counts[place_of(value, values, fmt::format("value of {}", name))] += times;
  }

  std::size_t size() const { return features_.size(); }
  std::vector<CategoricalFeature> take() { return std::move(features_); }

 private:
  bool open_;  // whatever occurs is a value
  std::vector<CategoricalFeature> features_;
};

}  // namespace

CategoricalModel fit_categorical(const Labels& labels, const CategoricalFitOptions& options) {
  if (labels.empty()) throw OptionError(labels.problem.empty() ? "there are no labels to count" : labels.problem);
  std::vector<std::string> names;
  for (const LabelColumn& column : labels.columns) names.push_back(column.name);
  Counter counter(names, options);
  for (std::size_t column = 0; column < names.size(); ++column) {
    const Tensor values = labels.values.select(1, static_cast<std::int64_t>(column));
    for (std::size_t value = 0; value < labels.columns[column].classes.size(); ++value)
      counter.add(column, labels.columns[column].classes[value],
                  values.eq(static_cast<std::int64_t>(value)).sum().item<double>());
  }
  return CategoricalModel(counter.take(), options.smoothing);
}

CategoricalModel fit_categorical(const std::filesystem::path& table, const CategoricalFitOptions& options) {
  const std::string text = plain_text(read_file(table), table.string());
  const detail::Separator separator = detail::separator_of(table, text);
  std::optional<Counter> counter;
  const auto read_row = [&](const std::vector<std::string_view>& fields) {
    if (!counter) {
      const std::vector<std::string> names(fields.begin(), fields.end());
      if (has_twice(names)) throw OptionError("two columns have the same name");
      counter.emplace(names, options);
      return;
    }
    if (fields.size() != counter->size())
      throw OptionError(fmt::format("{} fields, but the first line has {}", fields.size(), counter->size()));
    for (std::size_t i = 0; i < fields.size(); ++i)
      if (!fields[i].empty()) counter->add(i, fields[i]);
  };
  detail::for_each_row(text, table.string(), separator,
                       [&](const std::vector<std::string_view>& fields, std::int64_t line) {
                         try {
                           read_row(fields);
                         } catch (const OptionError& error) {
                           throw OptionError(fmt::format("'{}', line {}: {}", table.string(), line, error.what()));
                         }
                       });
  if (!counter) throw OptionError(fmt::format("'{}' is empty", table.string()));
  try {
    return CategoricalModel(counter->take(), options.smoothing);
  } catch (const OptionError& error) {
    throw OptionError(fmt::format("'{}': {}", table.string(), error.what()));
  }
}

}  // namespace cspgan
