// Saves the weights and buffers of a network to a file, and loads them.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cspgan/core/state.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Writes every parameter and buffer under its dotted name, e.g. "block0.b_conv1.norm.bias".
void save_module(const torch::nn::Module& module, StateWriter writer);

/// Copies the tensors of the file into those of the module, in place. Throws Error, and leaves the module unchanged, if
/// a tensor is missing (the message names it) or has another shape (the message names it and both shapes).
void load_module(torch::nn::Module& module, const StateReader& reader);

/// What load_fitting took from a file.
struct FittedModule {
  std::int64_t taken = 0;         // tensors
  double share = 0;               // of the module's numbers, in [0, 1]
  std::vector<std::string> left;  // names of the module's tensors that keep their values
};

/// Copies those tensors of the file that fit into the module, by name and shape: for fine-tuning from a network that
/// differs a little. If the file's network has another number of blocks ("block0.", "block1.", ...), because its
/// images have another size, its blocks are shifted so that most weights fit. Throws nothing if none fits.
FittedModule load_fitting(torch::nn::Module& module, const StateReader& reader);

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
