// Paths between two latents, for rows of images that change one sample into another.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "cspgan/core/options.hpp"
#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The kind of path between two latents.
enum class Interpolation { linear, spherical };
template <>
struct EnumNames<Interpolation> {
  static constexpr std::array<std::pair<Interpolation, std::string_view>, 2> names{
      {{Interpolation::linear, "linear"}, {Interpolation::spherical, "spherical"}}};
};

/// `steps` latents on the straight line from z0 to z1, both ends included.
/// [Z] gives [steps, Z]; [N, Z] gives [N, steps, Z], so that flatten(0, 1) in a grid of `steps` columns shows one
/// path per row. Throws Error if the shapes differ or are neither of these, OptionError for steps < 2.
Tensor interpolate_linear(const Tensor& z0, const Tensor& z1, std::int64_t steps);

/// The same along a great circle: (sin((1 - t) w) z0 + sin(t w) z1) / sin w, where w is the angle between z0 and z1
/// (Shoemake 1985; White 2016, 2.1). Normally distributed latents keep their typical length along it, whereas a
/// straight line shortens them. Collinear or zero latents define no such circle; for them the path is the straight
/// line.
Tensor interpolate_spherical(const Tensor& z0, const Tensor& z1, std::int64_t steps);

/// interpolate_linear or interpolate_spherical, according to `kind`.
inline Tensor interpolate(const Tensor& z0, const Tensor& z1, std::int64_t steps, Interpolation kind) {
  return kind == Interpolation::linear ? interpolate_linear(z0, z1, steps) : interpolate_spherical(z0, z1, steps);
}

}  // namespace cspgan
