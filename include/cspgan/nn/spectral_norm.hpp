// Spectral normalization of a weight (Miyato et al. 2018): W / sigma(W), sigma by power iteration.
#pragma once

#include <torch/nn/cloneable.h>

#include <cstdint>
#include <iosfwd>

#include "cspgan/core/random.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/nn/holder.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The weight as a matrix: the dimension `output_dimension` gives its rows, all others together give its columns.
struct SpectralNormOptions {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t output_dimension = 0;  // 0 for convolutions and linear layers, 1 for transposed convolutions

  friend bool operator==(const SpectralNormOptions&, const SpectralNormOptions&) = default;
};

/// Keeps estimates u [rows] and v [columns] of the first singular vectors as buffers. Each forward() makes one power
/// iteration in training mode and none in evaluation mode. Equals torch.nn.utils.parametrizations.spectral_norm.
/// A module that normalizes its weight registers this one under the name "spectral_norm", where initialize() finds it.
class SpectralNormImpl : public torch::nn::Cloneable<SpectralNormImpl> {
 public:
  using Options = SpectralNormOptions;

  explicit SpectralNormImpl(const SpectralNormOptions& options);

  void reset() override;
  void pretty_print(std::ostream& stream) const override;

  /// Returns weight / sigma, in the shape of the weight. The gradient passes through sigma too.
  Tensor forward(const Tensor& weight);

  /// Makes one power iteration, which brings u and v closer to the singular vectors of `weight`.
  void approach(const Tensor& weight);

  /// Draws u and v anew and brings them close to the singular vectors of `weight` by 15 power iterations.
  void start(const Tensor& weight, TensorRandom& random);
  /// The same with LibTorch's default generator.
  void start(const Tensor& weight);

  SpectralNormOptions options;
  Tensor u;
  Tensor v;

 private:
  Tensor as_matrix(const Tensor& weight) const;
  void iterate(const Tensor& matrix, int count);
};

/// Holder of a SpectralNormImpl.
class SpectralNorm : public OptionsHolder<SpectralNormImpl> {
 public:
  using OptionsHolder<SpectralNormImpl>::OptionsHolder;
};

}  // namespace cspgan
