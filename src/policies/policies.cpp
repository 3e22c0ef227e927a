// The checks that a set of policies makes after each hook.
#include "cspgan/policies/policies.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cspgan/core/shapes.hpp"

namespace cspgan::detail {

void check_edited(const std::string& policy, std::string_view hook, const Tensor& before, const Tensor& after) {
  const bool same = after.defined() ? before.defined() && before.sizes() == after.sizes() : !before.defined();
  if (!same)
    throw Error(fmt::format("{}: {} was given shape {} and returned {}; a policy keeps shapes", policy, hook,
                            shape_text(before), shape_text(after)));
}

void add_penalty(Penalties& penalties, const std::string& policy, const Tensor& value) {
  if (!value.defined()) return;
  if (value.dim() != 0)
    throw Error(fmt::format("{}: a penalty is a scalar, but this one has shape {}", policy, shape_text(value)));
  penalties.sum = penalties.sum.defined() ? penalties.sum.add(value) : value;
  penalties.parts.push_back({policy, value.detach()});
}

std::vector<std::string> distinct(std::vector<std::string> names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto taken = [&](const std::string& name) {
      return std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), name) !=
             names.begin() + static_cast<std::ptrdiff_t>(i);
    };
    std::string name = names[i];
    for (int count = 2; taken(name); ++count) name = fmt::format("{}_{}", names[i], count);
    names[i] = std::move(name);
  }
  return names;
}

}  // namespace cspgan::detail
