// Each operator of a graph on plain memory.
#pragma once

#include <cstddef>
#include <functional>

#include "runtime/plan.hpp"

namespace cspgan::runtime {

/// Maps of a batch, [images, side, side, channels]: the channels of a pixel lie side by side, pixels `pixel` floats
/// apart.
struct Maps {
  float* data = nullptr;
  std::size_t images = 0;
  std::size_t side = 0;
  std::size_t channels = 0;
  std::size_t pixel = 0;

  std::size_t pixels() const { return images * side * side; }
};

/// Computes a node's output, whose pixels lie side by side, from its inputs; `second` is unused if there is one.
using Operation = std::function<void(const Maps& input, const Maps& second, const Maps& output)>;

/// A node of a plan that makes sense, with its weights prepared. `input` is what it takes; `slope` is that of a leaky
/// ReLU behind it, which only convolutions and scale_shift take; 1: none. The kinds `channels` and `reshape` of one
/// pixel compute nothing and have no operation.
Operation operation_of(const PlanNode& node, const Maps& input, const float* weights, float slope);

/// Whether operation_of() takes the slope of a leaky ReLU that follows.
bool takes_slope(Operator kind);

}  // namespace cspgan::runtime
