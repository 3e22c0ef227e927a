// The result of a training step: tensors, which are read from the device only on request.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cspgan/core/tensor.hpp"
#include "cspgan/core/value.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Scalars on the training device, named as they are logged: loss_d, loss_g, score_real, score_fake, gradient_norm_d,
/// gradient_norm_g, penalty_<policy>. A scalar is present only if its update took place in this step.
struct StepResult {
  std::int64_t step = 0;    // the index of this step
  std::int64_t images = 0;  // real images shown, including this step
  std::vector<std::pair<std::string, Tensor>> scalars;

  void add(std::string name, const Tensor& scalar) {
    if (scalar.defined()) scalars.emplace_back(std::move(name), scalar.detach());
  }
  /// The value of a scalar. Waits for the device. Throws Error if there is no such scalar.
  double number(std::string_view name) const;
};

/// The means of scalars over the steps since the last take(), kept on the device until then.
class ScalarMeans {
 public:
  void add(const StepResult& result);
  /// Returns the means in one transfer from the device, and starts anew.
  Value take();

 private:
  struct Entry {
    std::string name;
    Tensor sum;
    std::int64_t count;
  };
  std::vector<Entry> entries_;
};

/// Detects scalars that are not finite, without waiting for a GPU: there it records the first bad step on the device,
/// and check() reports it. On the CPU, observe() reports it at once.
class NonFiniteGuard {
 public:
  /// On the CPU, throws NonFiniteError if the scalar is not finite.
  void observe(std::int64_t step, const std::string& what, const Tensor& scalar);
  /// Throws NonFiniteError naming the earliest bad step and its scalar. Waits for the device.
  void check() const;

 private:
  std::vector<std::pair<std::string, Tensor>> first_bad_;  // int64 scalar on the device, -1 while all are finite
};

}  // namespace cspgan
