// The differences between two trees of options, such as the recipes of two runs.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cspgan/core/value.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The leaves of a tree with their dotted paths, in the order of the tree. The elements of an array become leaves of
/// their own if they are tables with different names: {"policies": [{"name": "r1", "gamma": 1}]} has the leaves
/// "policies", which is the list of names, and "policies.r1.gamma".
std::vector<std::pair<std::string, Value>> flatten(const Value& tree);

struct Difference {
  std::string option;  // dotted path
  Value before;        // null if the option is missing
  Value after;

  friend bool operator==(const Difference&, const Difference&) = default;
};

/// The leaves that differ, in the order of `after`, then those that only `before` has. Numbers are compared by value:
/// 1 equals 1.0.
std::vector<Difference> differences(const Value& before, const Value& after);

/// A sentence on the "threads" of two descriptions of runs, if they differ; "" if they do not, or one has none.
std::string change_of_threads(const Value& before, const Value& now);

}  // namespace cspgan
