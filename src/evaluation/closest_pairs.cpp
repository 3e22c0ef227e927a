// Sorting fakes by the distance to their nearest real.
#include "cspgan/evaluation/closest_pairs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace cspgan {

std::vector<ClosestPair> closest_pairs(const Neighbors& nearest, const std::vector<std::string>& reals,
                                       const std::vector<std::string>& fakes, std::int64_t count) {
  const auto* const distances = nearest.distance.const_data_ptr<double>();
  const auto* const indices = nearest.index.const_data_ptr<std::int64_t>();
  std::vector<std::int64_t> order(static_cast<std::size_t>(nearest.index.size(0)));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::ranges::stable_sort(order, {}, [&](std::int64_t fake) { return distances[fake]; });
  order.resize(std::min(order.size(), static_cast<std::size_t>(count)));
  std::vector<ClosestPair> pairs;
  for (const std::int64_t fake : order)
    pairs.push_back({fakes.empty() ? fmt::format("latent {}", fake) : fakes[static_cast<std::size_t>(fake)],
                     reals[static_cast<std::size_t>(indices[fake])], distances[fake]});
  return pairs;
}

Value to_value(const std::vector<ClosestPair>& pairs) {
  Value::Array array;
  for (const ClosestPair& pair : pairs)
    array.push_back(Value::Object{{"fake", pair.fake}, {"real", pair.real}, {"distance", pair.distance}});
  return array;
}

}  // namespace cspgan
