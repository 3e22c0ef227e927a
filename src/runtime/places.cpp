// Each value goes to the lowest place that is free as long as it lives.
#include "runtime/places.hpp"

#include <algorithm>

namespace cspgan::runtime {

Places places_of(const std::vector<Lifetime>& values) {
  struct Placed {
    std::int64_t begin;
    const Lifetime* value;
  };
  Places places;
  std::vector<Placed> placed;
  for (const Lifetime& value : values) {
    std::int64_t begin = 0;
    for (const auto& [other_begin, other] : placed)
      if (other->dies >= value.born && other->born <= value.dies && other_begin < begin + value.floats &&
          begin < other_begin + other->floats)
        begin = other_begin + other->floats;
    const auto behind = std::ranges::upper_bound(placed, begin, {}, &Placed::begin);
    placed.insert(behind, {begin, &value});
    places.begin.push_back(begin);
    places.size = std::max(places.size, begin + value.floats);
  }
  return places;
}

}  // namespace cspgan::runtime
