// What differs between two trees of options: two recipes, or the recipes of two runs.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cspgan/core/value.hpp"

namespace cspgan {

/// The leaves of a tree by their dotted paths, in its order. Tables in an array are told apart by their names, as in
/// "policies.r1.gamma", where each has another; "policies" itself is then the list of these names.
std::vector<std::pair<std::string, Value>> flatten(const Value& tree);

struct Difference {
  std::string option;  // dotted path
  Value before;        // null where the option is missing
  Value after;

  friend bool operator==(const Difference&, const Difference&) = default;
};

/// The leaves that differ, in the order of `after`, then those that only `before` has. Numbers are equal by value:
/// 1 is 1.0.
std::vector<Difference> differences(const Value& before, const Value& after);

}  // namespace cspgan
