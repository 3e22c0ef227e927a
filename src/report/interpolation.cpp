// Linear and spherical paths, computed in float64 and returned in the type of z0.
#include "cspgan/report/interpolation.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/where.h>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/shapes.hpp"

namespace cspgan {
namespace {

// Below this sine the formula divides by almost zero, and arc and chord agree to float precision anyway.
constexpr double smallest_sine = 1e-6;

/// Ends as float64 [N, 1, Z] and t as [1, steps, 1].
struct Path {
  Tensor z0;
  Tensor z1;
  Tensor t;
};

Path path(const Tensor& z0, const Tensor& z1, std::int64_t steps) {
  if (!z0.defined() || !z1.defined() || z0.sizes() != z1.sizes() || z0.dim() < 1 || z0.dim() > 2 ||
      !z0.is_floating_point() || !z1.is_floating_point()) {
    throw Error("interpolation takes two latents of one shape, [Z] or [N, Z], not " + describe_tensor(z0) + " and " +
                describe_tensor(z1));
  }
  detail::require_at_least(steps, 2, "interpolation: steps, both ends included,");
  const auto prepare = [](const Tensor& z) { return z.to(at::kDouble).reshape({-1, 1, z.size(-1)}); };
  const Tensor t = at::linspace(0, 1, steps, z0.options().dtype(at::kDouble)).reshape({1, steps, 1});
  return {prepare(z0), prepare(z1), t};
}

Tensor line(const Path& p) { return p.z0 * (1 - p.t) + p.z1 * p.t; }

/// Converts to the caller's shape and type, with the two ends restored exactly.
Tensor finish(const Tensor& middle, const Tensor& z0, const Tensor& z1) {
  const Tensor inner = middle.to(z0.scalar_type()).narrow(1, 1, middle.size(1) - 2);
  const auto end = [&](const Tensor& z) { return z.to(z0.scalar_type()).reshape({-1, 1, z.size(-1)}); };
  const Tensor whole = at::cat({end(z0), inner, end(z1)}, 1);
  return z0.dim() == 1 ? whole.squeeze(0) : whole;
}

}  // namespace

Tensor interpolate_linear(const Tensor& z0, const Tensor& z1, std::int64_t steps) {
  return finish(line(path(z0, z1, steps)), z0, z1);
}

Tensor interpolate_spherical(const Tensor& z0, const Tensor& z1, std::int64_t steps) {
  const Path p = path(z0, z1, steps);
  const auto length = [](const Tensor& z) { return z.square().sum(-1, /*keepdim=*/true).sqrt(); };
  const Tensor lengths = length(p.z0) * length(p.z1);
  const Tensor cosine = ((p.z0 * p.z1).sum(-1, true) / lengths.clamp_min(1e-300)).clamp(-1, 1);
  const Tensor angle = cosine.acos();
  const Tensor sine = angle.sin();
  const Tensor in_line = (sine < smallest_sine).logical_or(lengths == 0);
  const Tensor divisor = sine.masked_fill(in_line, 1);
  const Tensor arc = (p.z0 * ((1 - p.t) * angle).sin() + p.z1 * (p.t * angle).sin()) / divisor;
  return finish(at::where(in_line, line(p), arc), z0, z1);
}

}  // namespace cspgan
