// A trainer for tests of observers: its step and its picture are what the test says.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/ops/rand.h>

#include <cstdint>

#include "cspgan/training/observer.hpp"

namespace cspgan_test {

class PlayedTrainer : public cspgan::TrainerView {
 public:
  std::int64_t step() const override { return steps; }
  std::int64_t images() const override { return steps * 1000; }
  std::int64_t total_images() const override { return 100'000; }
  std::int64_t latent_size() const override { return 4; }
  at::Tensor sample(const at::Tensor&) const override { return picture; }
  void save(cspgan::TensorFile&) const override {}

  std::int64_t steps = 0;
  at::Tensor picture = at::rand({8, 3, 8, 8}) * 2 - 1;
};

}  // namespace cspgan_test
