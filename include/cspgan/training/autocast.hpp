// Mixed precision for a scope.
#pragma once

#include <c10/core/Device.h>

#include "cspgan/training/trainer_options.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Runs convolutions and matrix products in bfloat16 for the lifetime of the object if `precision` is bfloat16.
class Autocast {
 public:
  Autocast(at::Device device, Precision precision);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  at::DeviceType device_;
  bool active_;
  bool before_ = false;
  at::ScalarType type_before_ = at::kFloat;
};

}  // namespace cspgan
