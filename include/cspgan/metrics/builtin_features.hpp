// Features that need no file: a small network whose weights follow from a seed.
#pragma once

#include <c10/core/Device.h>

#include <string>
#include <vector>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// A FeatureExtractor that always works. It resizes images to 64 x 64 pixels and applies four strided convolutions with
/// fixed random weights. The features are the mean and the logarithm of the standard deviation of each channel after
/// each convolution. They respond to color, contrast, texture and blur, but know nothing of faces. So they can show
/// that a run got better or worse, but a distance between them must never be called FID.
class BuiltinFeatures {
 public:
  explicit BuiltinFeatures(at::Device device = at::kCPU);

  /// Images, uint8 or float32 in [0, 255], [N, 3, H, W] -> float32 [N, 256] on the CPU.
  Tensor features(const Tensor& images) const;
  std::string name() const { return "builtin"; }
  std::string identity() const;

 private:
  std::vector<Tensor> weights_;
};

}  // namespace cspgan
