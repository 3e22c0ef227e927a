// The convolution that all modules use: LibTorch's function, by our kernels where they take it.
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

/// activation(at::conv2d(input, weight, bias, ...)), or at::conv_transpose2d where `transposed`; `bias` may be
/// undefined; activation(x) = max(x, slope x), 0 <= slope <= 1. Any number of derivatives. Our kernels take 3x3 of
/// stride 1 and 2 and 4x4 of stride 2, padding 1, and their transposes, in float32 on the CPU with channels_last
/// inputs of at least twelve channels on both sides, or of at most four on one; all else is LibTorch's. A value that is
/// not finite reaches all outputs of its tile.
at::Tensor convolution(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                       const ConvolutionGeometry& geometry, double slope = 1);

/// A weight laid out once for many convolutions that need no gradient: at most one of the two is defined.
struct PreparedWeight {
  at::Tensor transformed;  // a small one
  at::Tensor packed;       // a large one, for few pixels
};
PreparedWeight prepare(const at::Tensor& weight, const ConvolutionGeometry& geometry);

/// The same with `prepared` = prepare(weight, geometry) and `weight` as it was then. No gradients.
at::Tensor convolution(const at::Tensor& input, const at::Tensor& weight, const PreparedWeight& prepared,
                       const at::Tensor& bias, const ConvolutionGeometry& geometry, double slope = 1);

/// False where the environment has CSPGAN_KERNELS=off: then everything is LibTorch's.
bool enabled();

}  // namespace cspgan::kernels
