// Saves the weights and buffers of a network to a file, and loads them.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include "cspgan/core/state.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Writes every parameter and buffer under its dotted name, e.g. "blocks.0.conv1.weight".
void save_module(const torch::nn::Module& module, StateWriter writer);

/// Copies the tensors of the file into those of the module, in place. Throws Error, and leaves the module unchanged, if
/// a tensor is missing (the message names it) or has another shape (the message names it and both shapes).
void load_module(torch::nn::Module& module, const StateReader& reader);

/// Turns off the gradients of a network's weights for the lifetime of the object, then turns them on again for those
/// weights that had them.
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
