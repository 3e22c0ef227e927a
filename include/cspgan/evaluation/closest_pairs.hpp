// The fakes that are nearest to a real image: the first to look at if a generator may have copied training images.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cspgan/core/value.hpp"
#include "cspgan/metrics/neighbors.hpp"

namespace [[gnu::visibility("default")]] cspgan {

struct ClosestPair {
  std::string fake;  // the fake's name, or "latent 7"
  std::string real;
  double distance = 0;
};

/// At most `count` pairs, the nearest first. `nearest` is Evaluation::nearest; `reals` and `fakes` are the images'
/// names. If `fakes` is empty, fakes are named by their latents.
std::vector<ClosestPair> closest_pairs(const Neighbors& nearest, const std::vector<std::string>& reals,
                                       const std::vector<std::string>& fakes, std::int64_t count = 20);

/// For JSON: [{fake, real, distance}].
Value to_value(const std::vector<ClosestPair>& pairs);

}  // namespace cspgan
