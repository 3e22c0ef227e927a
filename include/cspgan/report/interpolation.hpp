// Paths between two latents, for rows of pictures that turn one sample into another.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "cspgan/core/options.hpp"
#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The path between two latents.
enum class Interpolation { linear, spherical };
template <>
struct EnumNames<Interpolation> {
  static constexpr std::array<std::pair<Interpolation, std::string_view>, 2> names{
      {{Interpolation::linear, "linear"}, {Interpolation::spherical, "spherical"}}};
};

/// `steps` latents on the straight line from z0 to z1, both ends included.
/// [Z] gives [steps, Z]; [N, Z] gives [N, steps, Z], so that flatten(0, 1) in a grid of `steps` columns shows one
/// path a row. Throws Error where the shapes differ or are others, OptionError for steps < 2.
Tensor interpolate_linear(const Tensor& z0, const Tensor& z1, std::int64_t steps);

/// The same along a great circle: (sin((1 - t) w) z0 + sin(t w) z1) / sin w, w the angle between z0 and z1
/// (Shoemake 1985; White 2016, 2.1). Normal latents keep their typical length on the way, which a straight line
/// shortens. Latents in line with each other, or zero, have no such circle and take the straight line.
Tensor interpolate_spherical(const Tensor& z0, const Tensor& z1, std::int64_t steps);

/// The one or the other.
inline Tensor interpolate(const Tensor& z0, const Tensor& z1, std::int64_t steps, Interpolation kind) {
  return kind == Interpolation::linear ? interpolate_linear(z0, z1, steps) : interpolate_spherical(z0, z1, steps);
}

}  // namespace cspgan
