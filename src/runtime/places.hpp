// Where the values of a graph lie in one array.
#pragma once

#include <cstdint>
#include <vector>

namespace [[gnu::visibility("default")]] cspgan {
namespace runtime {

/// A value of `floats` numbers that node `born` makes and node `dies` is the last to need.
struct Lifetime {
  std::int64_t floats = 0;
  int born = 0;
  int dies = 0;
};

struct Places {
  std::vector<std::int64_t> begin;  // of each value
  std::int64_t size = 0;
};

/// Values that are needed at the same time do not overlap; others may.
Places places_of(const std::vector<Lifetime>& values);

}  // namespace runtime
}  // namespace cspgan
