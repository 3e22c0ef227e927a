// Trees of options as lists of leaves, and the leaves that differ.
#include "cspgan/core/differences.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/lookup.hpp"

namespace cspgan {
namespace {

using Leaves = std::vector<std::pair<std::string, Value>>;

/// The names of the tables in an array, or nothing if an element has no name or two have the same.
std::vector<std::string> names_of(const Value& array) {
  std::vector<std::string> names;
  for (const Value& element : array.array()) {
    const std::optional<std::string> name = detail::text_at(element, {"name"});
    if (!name) return {};
    names.push_back(*name);
  }
  if (std::set(names.begin(), names.end()).size() != names.size()) return {};
  return names;
}

void collect(const Value& tree, const std::string& path, Leaves& leaves) {
  const auto below = [&](const std::string& key) { return path.empty() ? key : path + "." + key; };
  if (tree.is_object()) {
    for (const auto& [key, value] : tree.object()) collect(value, below(key), leaves);
    return;
  }
  const std::vector<std::string> names = tree.is_array() ? names_of(tree) : std::vector<std::string>{};
  leaves.emplace_back(path, names.empty() ? tree : Value(Value::Array(names.begin(), names.end())));
  for (std::size_t i = 0; i < names.size(); ++i)
    for (const auto& [key, value] : tree.array()[i].object())
      if (key != "name") collect(value, below(names[i] + "." + key), leaves);
}

bool same(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return a.number() == b.number();
  if (a.is_array() && b.is_array()) return std::ranges::equal(a.array(), b.array(), same);
  return a == b;
}

const Value* find(const Leaves& leaves, const std::string& path) {
  const auto found = std::ranges::find(leaves, path, &Leaves::value_type::first);
  return found == leaves.end() ? nullptr : &found->second;
}

}  // namespace

std::vector<std::pair<std::string, Value>> flatten(const Value& tree) {
  Leaves leaves;
  collect(tree, "", leaves);
  return leaves;
}

std::vector<Difference> differences(const Value& before, const Value& after) {
  const Leaves old_leaves = flatten(before), new_leaves = flatten(after);
  std::vector<Difference> found;
  for (const auto& [path, value] : new_leaves) {
    const Value* const old_value = find(old_leaves, path);
    if (!same(old_value == nullptr ? Value() : *old_value, value))
      found.push_back({path, old_value == nullptr ? Value() : *old_value, value});
  }
  for (const auto& [path, value] : old_leaves)
    if (!value.is_null() && find(new_leaves, path) == nullptr) found.push_back({path, value, Value()});
  return found;
}

std::string change_of_threads(const Value& before, const Value& now) {
  const Value *const had = before.find("threads"), *const has = now.find("threads");
  if (had == nullptr || has == nullptr || *had == *has) return "";
  return fmt::format(
      "this run continues with {} threads and had {}: its sums are rounded otherwise, and it is not to "
      "the bit the run that it would have been (--threads {})",
      to_json(*has), to_json(*had), to_json(*had));
}

}  // namespace cspgan
