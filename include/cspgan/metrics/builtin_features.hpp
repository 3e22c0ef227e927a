// Features that need no file: a small network whose weights follow from a seed.
#pragma once

#include <c10/core/Device.h>

#include <string>
#include <vector>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// A FeatureExtractor that always works: four strided convolutions with fixed random weights over the image at 64 x 64
/// pixels, of each the mean and the standard deviation of every channel. It sees color, contrast, texture and blur,
/// and nothing of faces: good for noticing that a run got better or worse, never to be called FID.
class BuiltinFeatures {
 public:
  explicit BuiltinFeatures(at::Device device = at::kCPU);

  /// images uint8 or float32 in [0, 255], [N, 3, H, W] -> float32 [N, 256], on the CPU.
  Tensor features(const Tensor& images) const;
  std::string name() const { return "builtin"; }
  std::string identity() const;

 private:
  std::vector<Tensor> weights_;
};

}  // namespace cspgan
