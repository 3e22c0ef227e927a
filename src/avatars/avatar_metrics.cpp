// Counts styles and attributes, and computes their expected values for perfect samples.
#include "cspgan/avatars/avatar_metrics.hpp"

#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cspgan/core/error.hpp"
#include "cspgan/core/shapes.hpp"

namespace cspgan {

namespace {

constexpr double expected_of_dropped = 5;  // fewer may be missing by chance; 5 are in 1 of e^5 = 148 perfect sets
constexpr std::size_t style_attributes = 5;

template <NamedEnum E>
AvatarAttribute attribute(std::string_view name) {
  AvatarAttribute result{.name = name, .values = {}};
  for (const auto& [value, value_name] : EnumNames<E>::names) result.values.push_back(value_name);
  return result;
}

std::vector<double> probabilities(const std::vector<double>& weights, std::size_t values) {
  if (weights.empty()) return std::vector<double>(values, 1.0 / static_cast<double>(values));
  std::vector<double> result = weights;
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : result) weight /= sum;
  return result;
}

/// E|n - N p| for n successes in N trials: 2 (m + 1) C(N, m + 1) p^(m + 1) (1 - p)^(N - m), m = floor(N p).
double mean_deviation(std::int64_t trials, double p) {
  if (p <= 0 || p >= 1) return 0;
  const auto n = static_cast<double>(trials);
  const double k = std::floor(n * p) + 1;
  if (k > n) return 0;
  const double log_choose = std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
  return 2 * k * std::exp(log_choose + k * std::log(p) + (n - k + 1) * std::log1p(-p));
}

AttributeMetrics metrics_of(const AvatarAttribute& attribute, const std::vector<double>& truth,
                            std::vector<std::int64_t> counts, std::int64_t total) {
  AttributeMetrics metrics{.name = std::string(attribute.name),
                           .values = {attribute.values.begin(), attribute.values.end()},
                           .truth = truth,
                           .counts = std::move(counts)};
  const auto n = static_cast<double>(total);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    metrics.distance += std::abs(static_cast<double>(metrics.counts[i]) / n - truth[i]) / 2;
    metrics.expected_distance += mean_deviation(total, truth[i]) / n / 2;
    if (metrics.counts[i] == 0 && n * truth[i] >= expected_of_dropped) metrics.dropped.push_back(metrics.values[i]);
  }
  return metrics;
}

}  // namespace

const std::vector<AvatarAttribute>& avatar_attributes() {
  static const std::vector<AvatarAttribute> attributes{attribute<avatar::Hair>("hair"),
                                                       attribute<avatar::HairColor>("hair_color"),
                                                       attribute<avatar::Glasses>("glasses"),
                                                       attribute<avatar::Clothes>("clothes"),
                                                       attribute<avatar::ClothesColor>("clothes_color"),
                                                       attribute<avatar::Skin>("skin"),
                                                       attribute<avatar::Background>("background")};
  return attributes;
}

Tensor avatar_labels(const AvatarAppearance& appearance) {
  const AvatarStyle& style = appearance.style;
  const std::array labels{static_cast<std::int64_t>(style.hair),           static_cast<std::int64_t>(style.hair_color),
                          static_cast<std::int64_t>(style.glasses),        static_cast<std::int64_t>(style.clothes),
                          static_cast<std::int64_t>(style.clothes_color),  static_cast<std::int64_t>(appearance.skin),
                          static_cast<std::int64_t>(appearance.background)};
  Tensor result = at::empty({static_cast<std::int64_t>(labels.size())}, at::kLong);
  std::ranges::copy(labels, result.mutable_data_ptr<std::int64_t>());
  return result;
}

AvatarMetrics count_avatars(const Tensor& labels, const AvatarWeights& weights) {
  weights.validate();
  const std::vector<AvatarAttribute>& attributes = avatar_attributes();
  const auto width = static_cast<std::int64_t>(attributes.size());
  if (!labels.defined() || labels.dim() != 2 || labels.size(0) < 1 || labels.size(1) != width ||
      labels.scalar_type() != at::kLong)
    throw Error(
        fmt::format("count_avatars: labels must be int64 [N >= 1, {}], not {}", width, describe_tensor(labels)));
  const Tensor rows = labels.to(at::kCPU).contiguous();
  const auto* const label = rows.const_data_ptr<std::int64_t>();

  AvatarMetrics metrics{.count = rows.size(0)};
  std::vector<std::vector<std::int64_t>> counts;
  for (const AvatarAttribute& attribute : attributes) counts.emplace_back(attribute.values.size());
  std::vector<bool> seen(static_cast<std::size_t>(AvatarStyle::count));
  for (std::int64_t row = 0; row < metrics.count; ++row) {
    std::int64_t style = 0;
    for (std::size_t a = 0; a < attributes.size(); ++a) {
      const std::int64_t value = label[row * width + static_cast<std::int64_t>(a)];
      const auto values = static_cast<std::int64_t>(attributes[a].values.size());
      if (value < 0 || value >= values)
        throw Error(fmt::format("count_avatars: image {} has {} {}, but its values are 0 to {}", row,
                                attributes[a].name, value, values - 1));
      ++counts[a][static_cast<std::size_t>(value)];
      if (a < style_attributes) style = style * values + value;
    }
    seen[static_cast<std::size_t>(style)] = true;
  }
  metrics.styles = std::ranges::count(seen, true);
  for (std::int64_t number = 0; number < AvatarStyle::count; ++number) {
    const double p = weights.probability(AvatarStyle::from_number(number));
    if (p <= 0) continue;
    ++metrics.possible_styles;
    metrics.expected_styles += p >= 1 ? 1 : -std::expm1(static_cast<double>(metrics.count) * std::log1p(-p));
  }
  const std::array<const std::vector<double>*, style_attributes> weighted{
      &weights.hair, &weights.hair_color, &weights.glasses, &weights.clothes, &weights.clothes_color};
  for (std::size_t a = 0; a < attributes.size(); ++a)
    metrics.attributes.push_back(metrics_of(
        attributes[a], probabilities(a < style_attributes ? *weighted[a] : std::vector<double>{}, counts[a].size()),
        counts[a], metrics.count));
  return metrics;
}

Value to_value(const AvatarMetrics& metrics) {
  Value::Array attributes;
  for (const AttributeMetrics& attribute : metrics.attributes) {
    Value::Array values;
    for (std::size_t i = 0; i < attribute.values.size(); ++i)
      values.push_back(Value::Object{
          {"name", attribute.values[i]},
          {"count", attribute.counts[i]},
          {"share", static_cast<double>(attribute.counts[i]) / static_cast<double>(metrics.count)},
          {"truth", attribute.truth[i]},
          {"dropped", std::ranges::find(attribute.dropped, attribute.values[i]) != attribute.dropped.end()}});
    attributes.push_back(Value::Object{{"name", attribute.name},
                                       {"distance", attribute.distance},
                                       {"expected_distance", attribute.expected_distance},
                                       {"values", std::move(values)}});
  }
  return Value::Object{{"count", metrics.count},
                       {"styles", Value::Object{{"found", metrics.styles},
                                                {"expected", metrics.expected_styles},
                                                {"possible", metrics.possible_styles}}},
                       {"attributes", std::move(attributes)}};
}

}  // namespace cspgan
