// The blocks of the discriminators. Each halves the height and width of its feature map.
#pragma once

#include <torch/nn/cloneable.h>

#include <array>
#include <cstdint>
#include <iosfwd>
#include <utility>

#include "cspgan/core/options.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/nn/convolution_layer.hpp"
#include "cspgan/nn/holder.hpp"
#include "cspgan/nn/kinds.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The layers of a block, in order.
enum class DownShape {
  strided,      // strided convolution, norm, activation (system B, DCGAN)
  residual,     // strided 3x3 or 4x4, norm, activation, 3x3, norm; plus a strided 1x1 of the input (D2)
  preactivated  // activation, 3x3, norm, activation, strided, norm; plus 2x2 means and 1x1; the sum / sqrt 2
};

template <>
struct EnumNames<DownShape> {
  static constexpr std::array names{std::pair{DownShape::strided, "strided"},
                                    std::pair{DownShape::residual, "residual"},
                                    std::pair{DownShape::preactivated, "preactivated"}};
};

/// Options of a DownsamplingBlock. In the options of a network, the channels stay 0 because the network sets them.
struct DownsamplingOptions {
  std::int64_t in_channels = 0;
  std::int64_t out_channels = 0;
  DownShape shape = DownShape::strided;
  std::int64_t kernel = 4;  // of the strided convolution: 3 or 4, padding 1
  Norm norm = Norm::none;   // after each convolution except that of the skip
  NormPlace norm_place = NormPlace::before_activation;
  Activation activation = Activation::leaky_relu;
  bool bias = true;            // of each convolution, except the skip of a preactivated block
  bool spectral_norm = false;  // of every convolution
  double noise_sigma = 0;      // before every convolution; 0 for none

  static void describe(auto&& self, auto&& field) {
    field("in_channels", self.in_channels, "channels of the input; 0: set by the network");
    field("out_channels", self.out_channels, "channels of the output; 0: set by the network");
    field("shape", self.shape,
          "form of the block: strided (one convolution), residual or preactivated (with a shortcut)");
    field("kernel", self.kernel, "kernel size of the strided convolution: 3 or 4");
    field("norm", self.norm, "normalization after each convolution");
    field("norm_place", self.norm_place, "whether the norm comes before or after the activation");
    field("activation", self.activation, "activation after the convolutions; not none");
    field("bias", self.bias, "add a bias after each convolution");
    field("spectral_norm", self.spectral_norm, "divide each weight by its largest singular value");
    field("noise_sigma", self.noise_sigma,
          "standard deviation of Gaussian noise added before each convolution while training, >= 0; 0: none");
  }

  /// Throws OptionError, naming the field, if a value is out of range. Accepts channels of 0, which the constructor of
  /// the block refuses with an OptionError.
  void validate() const;

  friend bool operator==(const DownsamplingOptions&, const DownsamplingOptions&) = default;
};

/// Maps [N, in, H, W] to [N, out, H / 2, W / 2], with H and W even. Children: "conv1" and, if the shape is residual or
/// preactivated, "conv2" and "skip".
class DownsamplingBlockImpl : public torch::nn::Cloneable<DownsamplingBlockImpl> {
 public:
  using Options = DownsamplingOptions;

  explicit DownsamplingBlockImpl(const DownsamplingOptions& options);

  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  DownsamplingOptions options;

 private:
  ConvolutionLayerOptions layer(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride) const;

  ConvolutionLayer conv1_{nullptr};
  ConvolutionLayer conv2_{nullptr};
  ConvolutionLayer skip_{nullptr};
};

/// Holder of a DownsamplingBlockImpl.
class DownsamplingBlock : public OptionsHolder<DownsamplingBlockImpl> {
 public:
  using OptionsHolder<DownsamplingBlockImpl>::OptionsHolder;
};

}  // namespace cspgan
