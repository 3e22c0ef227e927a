// The convolution that all modules use: LibTorch's function, or our kernels if they support the arguments.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cspgan::kernels {

struct ConvolutionGeometry {
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  std::int64_t output_padding = 0;  // transposed only
  bool transposed = false;
};

/// activation(at::conv2d(input, weight, bias, ...)), or at::conv_transpose2d if `transposed`; `bias` may be
/// undefined; activation(x) = max(x, slope x), 0 <= slope <= 1. Differentiable any number of times. Our kernels
/// support 3x3 with stride 1 and 2 and 4x4 with stride 2, padding 1, and their transposes, in float32 on the CPU with
/// channels_last inputs, for at least twelve channels on both sides or at most four on one; LibTorch does the rest. A
/// non-finite value reaches all outputs of its tile.
at::Tensor convolution(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                       const ConvolutionGeometry& geometry, double slope = 1);

/// A weight packed once for many convolutions without gradients. At most one of the two tensors is defined.
struct PreparedWeight {
  at::Tensor transformed;  // a small one
  at::Tensor packed;       // a large one, for few pixels
};
PreparedWeight prepare(const at::Tensor& weight, const ConvolutionGeometry& geometry);

/// The same with `prepared` = prepare(weight, geometry) and an unchanged `weight`. No gradients.
at::Tensor convolution(const at::Tensor& input, const at::Tensor& weight, const PreparedWeight& prepared,
                       const at::Tensor& bias, const ConvolutionGeometry& geometry, double slope = 1);

/// False if the environment has CSPGAN_KERNELS=off; then LibTorch computes everything.
bool enabled();

}  // namespace cspgan::kernels
