// The fakes that are nearest to a real: the first suspects if a generator may have copied.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cspgan/core/value.hpp"
#include "cspgan/metrics/neighbors.hpp"

namespace [[gnu::visibility("default")]] cspgan {

struct ClosestPair {
  std::string fake;  // its name, or "latent 7"
  std::string real;
  double distance = 0;
};

/// At most `count` pairs, the nearest first. `nearest` is what Evaluation has of that name; without names of the fakes
/// they are called by their latents.
std::vector<ClosestPair> closest_pairs(const Neighbors& nearest, const std::vector<std::string>& reals,
                                       const std::vector<std::string>& fakes, std::int64_t count = 20);

/// For JSON: [{fake, real, distance}].
Value to_value(const std::vector<ClosestPair>& pairs);

}  // namespace cspgan
