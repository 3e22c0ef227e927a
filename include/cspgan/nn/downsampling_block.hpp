// The blocks of the discriminators: all halve their feature map.
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

enum class DownShape {
  strided,      // strided convolution, norm, activation (R2, DCGAN)
  residual,     // strided 3x3 or 4x4, norm, activation, 3x3, norm; plus a strided 1x1 of the input (R4-2)
  preactivated  // activation, 3x3, norm, activation, strided, norm; plus 2x2 means and 1x1; the sum / sqrt 2
};

template <>
struct EnumNames<DownShape> {
  static constexpr std::array names{std::pair{DownShape::strided, "strided"},
                                    std::pair{DownShape::residual, "residual"},
                                    std::pair{DownShape::preactivated, "preactivated"}};
};

/// In the options of a network the channels stay 0: the network sets them.
struct DownsamplingOptions {
  std::int64_t in_channels = 0;
  std::int64_t out_channels = 0;
  DownShape shape = DownShape::strided;
  std::int64_t kernel = 4;  // of the strided convolution: 3 or 4, padding 1
  Norm norm = Norm::none;   // after each convolution but that of the skip
  NormPlace norm_place = NormPlace::before_activation;
  Activation activation = Activation::leaky_relu;
  bool bias = true;            // of each convolution but that of a preactivated block's skip, which has none
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

  /// Channels may still be 0 here; a block that is made with 0 throws OptionError.
  void validate() const;

  friend bool operator==(const DownsamplingOptions&, const DownsamplingOptions&) = default;
};

/// [N, in, H, W] -> [N, out, H / 2, W / 2], H and W even. Children: "conv1" and, in the residual shapes, "conv2" and
/// "skip".
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

class DownsamplingBlock : public OptionsHolder<DownsamplingBlockImpl> {
 public:
  using OptionsHolder<DownsamplingBlockImpl>::OptionsHolder;
};

}  // namespace cspgan
