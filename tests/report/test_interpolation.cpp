// Paths between latents against their closed forms.
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <numbers>

#include "cspgan/core/error.hpp"
#include "cspgan/report/interpolation.hpp"
#include "support/catch.hpp"

using namespace cspgan;

TEST_CASE("a linear path divides the line evenly and ends exactly at both latents", "[report]") {
  const at::Tensor z0 = at::randn({7}), z1 = at::randn({7});
  const at::Tensor path = interpolate_linear(z0, z1, 5);
  REQUIRE(path.sizes() == at::IntArrayRef({5, 7}));
  CHECK(at::equal(path[0], z0));
  CHECK(at::equal(path[4], z1));
  CHECK(at::allclose(path[1], 0.75 * z0 + 0.25 * z1));
}

TEST_CASE("a spherical path between unit vectors at a right angle is the quarter circle", "[report]") {
  const at::Tensor path = interpolate_spherical(at::tensor({1.0, 0.0}), at::tensor({0.0, 1.0}), 4);
  for (int step = 0; step < 4; ++step) {
    const double angle = step * std::numbers::pi / 6;
    CHECK(path[step][0].item<double>() == Approx(std::cos(angle)).margin(1e-12));
    CHECK(path[step][1].item<double>() == Approx(std::sin(angle)).margin(1e-12));
  }
}

TEST_CASE("a spherical path keeps a common length and equal angles in any dimension", "[report]") {
  const auto unit = [] {
    const at::Tensor z = at::randn({100}, at::kDouble);
    return z / z.norm() * 10;
  };
  const at::Tensor path = interpolate_spherical(unit(), unit(), 9);
  CHECK(at::allclose(path.square().sum(1), at::full({9}, 100.0, at::kDouble), 1e-9));
  const at::Tensor cosines = (path.narrow(0, 0, 8) * path.narrow(0, 1, 8)).sum(1);
  CHECK(at::allclose(cosines, cosines[0].expand({8}), 1e-9));
}

TEST_CASE("latents in line with each other, or zero, take the straight line", "[report]") {
  const at::Tensor z = at::tensor({1.0, -2.0, 3.0});
  CHECK(at::allclose(interpolate_spherical(z, 3 * z, 3)[1], 2 * z));
  CHECK(at::allclose(interpolate_spherical(z, z, 3)[1], z));
  CHECK(at::allclose(interpolate_spherical(z, -3 * z, 3)[1], -z));
  CHECK(at::allclose(interpolate_spherical(at::zeros_like(z), z, 3)[1], 0.5 * z));
}

TEST_CASE("rows of latents give one path each, in their own type", "[report]") {
  const at::Tensor z0 = at::randn({3, 16}), z1 = at::randn({3, 16});
  const at::Tensor paths = interpolate_spherical(z0, z1, 6);
  REQUIRE(paths.sizes() == at::IntArrayRef({3, 6, 16}));
  CHECK(paths.scalar_type() == at::kFloat);
  for (int row = 0; row < 3; ++row) CHECK(at::allclose(paths[row], interpolate_spherical(z0[row], z1[row], 6)));
}

TEST_CASE("interpolation refuses differing shapes and fewer than two steps", "[report]") {
  CHECK_THROWS_AS(interpolate_linear(at::zeros({3}), at::zeros({4}), 3), Error);
  CHECK_THROWS_AS(interpolate_linear(at::zeros({2, 3, 4}), at::zeros({2, 3, 4}), 3), Error);
  CHECK_THROWS_AS(interpolate_spherical(at::zeros({3}), at::zeros({3}), 1), OptionError);
}
