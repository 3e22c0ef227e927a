// Randomness that is a function of the seed.
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/zeros.h>

#include "cspgan/core/error.hpp"
#include "cspgan/core/random.hpp"

#include <cmath>
#include <set>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"

using namespace cspgan;

TEST_CASE("a host stream depends on every part of its key and on nothing else", "[core]") {
  HostRandom first({1, 2, 3}), same({1, 2, 3}), other({1, 2, 4}), swapped({2, 1, 3});
  const auto value = first.next();
  CHECK(value == same.next());
  CHECK(value != other.next());
  CHECK(value != swapped.next());
}

TEST_CASE("host uniforms have mean 1/2 and variance 1/12, normals 0 and 1", "[core]") {
  HostRandom random({7});
  const int count = 200'000;
  double sum = 0, squares = 0, normal_sum = 0, normal_squares = 0;
  for (int i = 0; i < count; ++i) {
    const double u = random.uniform(), n = random.normal();
    REQUIRE((u >= 0 && u < 1));
    sum += u;
    squares += u * u;
    normal_sum += n;
    normal_squares += n * n;
  }
  CHECK(std::abs(sum / count - 0.5) < 0.003);
  CHECK(std::abs(squares / count - sum / count * sum / count - 1.0 / 12) < 0.001);
  CHECK(std::abs(normal_sum / count) < 0.01);
  CHECK(std::abs(normal_squares / count - 1) < 0.015);
}

TEST_CASE("below(n) gives every value below n about equally often", "[core]") {
  HostRandom random({9});
  int counts[6] = {};
  for (int i = 0; i < 60'000; ++i) ++counts[random.below(6)];
  for (const int count : counts) CHECK(std::abs(count - 10'000) < 500);
}

TEST_CASE("mix spreads neighboring keys over all 64 bits", "[core]") {
  std::set<std::uint64_t> seen;
  std::uint64_t all_or = 0, all_and = ~std::uint64_t{0};
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const auto value = mix_seeds({1, i});
    seen.insert(value);
    all_or |= value;
    all_and &= value;
  }
  CHECK(seen.size() == 1000);
  CHECK(all_or == ~std::uint64_t{0});
  CHECK(all_and == 0);
}

TEST_CASE("a tensor generator continues from its saved state to the same bits", "[core]") {
  TensorRandom random(5, at::kCPU);
  random.normal({3});
  const Tensor state = random.state();
  const Tensor normal = random.normal({100}), uniform = random.uniform({7}, {-1, 1});
  TensorRandom resumed(99, at::kCPU);
  resumed.set_state(state);
  CHECK(at::equal(resumed.normal({100}), normal));
  CHECK(at::equal(resumed.uniform({7}, {-1, 1}), uniform));
  CHECK(!at::equal(TensorRandom(6, at::kCPU).normal({100}), TensorRandom(5, at::kCPU).normal({100})));
}

TEST_CASE("a tensor generator is moved with its state, and not copied, since a copy would share it", "[core]") {
  static_assert(!std::is_copy_constructible_v<TensorRandom>);
  static_assert(!std::is_copy_assignable_v<TensorRandom>);
  TensorRandom random(5, at::kCPU), same(5, at::kCPU);
  random.normal({3}), same.normal({3});
  TensorRandom moved = std::move(random);
  CHECK(at::equal(moved.normal({100}), same.normal({100})));
}

TEST_CASE("a tensor generator takes the state of another kind of device as a seed", "[core]") {
  const Tensor of_gpu = at::arange(16, at::kByte), other = at::arange(1, 17, at::kByte);  // a GPU's has 16 bytes
  TensorRandom a(1, at::kCPU), b(2, at::kCPU), c(3, at::kCPU);
  a.set_state(of_gpu);
  b.set_state(of_gpu);
  c.set_state(other);
  const Tensor drawn = a.normal({50});
  CHECK(at::equal(drawn, b.normal({50})));
  CHECK_FALSE(at::equal(drawn, c.normal({50})));
  CHECK_THROWS_AS(a.set_state(at::zeros({a.state().numel()}, at::kByte)), Error);
}
