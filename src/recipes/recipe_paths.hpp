// The options of a network that the recipe sets itself.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace cspgan {

/// Whether an option of a network follows from image_size or from the other layers, so that no recipe can choose it.
inline bool is_set_by_recipe(std::string_view path) {
  static constexpr std::array<std::string_view, 6> fixed{
      "generator.image_size",     "generator.block.in_channels",     "generator.block.out_channels",
      "discriminator.image_size", "discriminator.block.in_channels", "discriminator.block.out_channels"};
  return std::ranges::find(fixed, path) != fixed.end();
}

}  // namespace cspgan
