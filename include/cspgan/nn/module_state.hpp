// The weights and buffers of a network, into a file and back.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include "cspgan/core/state.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Every parameter and buffer under its dotted name, e.g. "blocks.0.conv1.weight".
void save_module(const torch::nn::Module& module, StateWriter writer);

/// Copies into the module's own tensors, in place. Throws Error naming the tensor and both shapes where the file holds
/// another network, and the tensor where it is missing; then nothing of the module has changed.
void load_module(torch::nn::Module& module, const StateReader& reader);

/// Turns off the gradients of a network's weights for the life of the object: those that had them get them back.
class FrozenWeights {
 public:
  explicit FrozenWeights(const torch::nn::Module& module);
  ~FrozenWeights();
  FrozenWeights(const FrozenWeights&) = delete;
  FrozenWeights& operator=(const FrozenWeights&) = delete;

 private:
  std::vector<Tensor> frozen_;
};

}  // namespace cspgan
