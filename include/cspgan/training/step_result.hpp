// What a training step gives back: tensors, which become numbers only when somebody asks.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cspgan/core/tensor.hpp"
#include "cspgan/core/value.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Scalars on the training device, named as they are logged: loss_d, loss_g, score_real, score_fake, gradient_norm_d,
/// gradient_norm_g, penalty_<policy>. A name is there only when its update took place in this step.
struct StepResult {
  std::int64_t step = 0;    // the index of this step
  std::int64_t images = 0;  // real images shown, this step's included
  std::vector<std::pair<std::string, Tensor>> scalars;

  void add(std::string name, const Tensor& scalar) {
    if (scalar.defined()) scalars.emplace_back(std::move(name), scalar.detach());
  }
  /// Waits for the device. Throws Error where there is no such scalar.
  double number(std::string_view name) const;
};

/// The means of scalars over the steps since the last reading, kept on the device until then.
class ScalarMeans {
 public:
  void add(const StepResult& result);
  /// One transfer from the device; forgets what it had.
  Value take();

 private:
  struct Entry {
    std::string name;
    Tensor sum;
    std::int64_t count;
  };
  std::vector<Entry> entries_;
};

/// Watches scalars for values that are not finite without waiting for a GPU: there it notes the first bad step on the
/// device and tells when `check` reads it; on the CPU it tells at once.
class NonFiniteGuard {
 public:
  /// On the CPU throws NonFiniteError before the value can do harm.
  void observe(std::int64_t step, const std::string& what, const Tensor& scalar);
  /// Throws NonFiniteError with the earliest bad step and its culprit. Waits for the device.
  void check() const;

 private:
  std::vector<std::pair<std::string, Tensor>> first_bad_;  // int64 scalar on the device, -1 while all was finite
};

}  // namespace cspgan
