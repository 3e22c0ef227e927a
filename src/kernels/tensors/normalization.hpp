// Batch normalization that all modules use: LibTorch's function, or our kernels if they support the arguments.
#pragma once

#include <ATen/core/Tensor.h>

namespace cspgan::kernels {

struct BatchNormState {
  const at::Tensor& running_mean;  // [C]; training updates both, evaluation uses them
  const at::Tensor& running_var;
  bool training;
  double momentum;
  double epsilon;
};

/// activation(at::batch_norm(input, weight, bias, ...)), activation(x) = max(x, slope x). Our kernels take training in
/// float32 on the CPU with channels_last inputs of a multiple of 16 channels.
at::Tensor batch_norm(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                      const BatchNormState& state, double slope);

}  // namespace cspgan::kernels
