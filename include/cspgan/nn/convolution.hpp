// A convolution, plain or transposed, with or without spectral normalization: all others are made of it.
#pragma once

#include <torch/nn/cloneable.h>

#include <cstdint>
#include <iosfwd>
#include <memory>

#include "cspgan/core/options.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/nn/holder.hpp"
#include "cspgan/nn/kinds.hpp"
#include "cspgan/nn/preparable.hpp"
#include "cspgan/nn/spectral_norm.hpp"

namespace [[gnu::visibility("default")]] cspgan {

namespace kernels {
struct PreparedWeight;
}

struct ConvolutionOptions {
  std::int64_t in_channels = 0;
  std::int64_t out_channels = 0;
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  std::int64_t output_padding = 0;  // transposed only
  bool transposed = false;
  bool bias = true;
  bool spectral_norm = false;

  static void describe(auto&& self, auto&& field) {
    field("in_channels", self.in_channels, "channels of the input");
    field("out_channels", self.out_channels, "channels of the output");
    field("kernel", self.kernel, "width and height of the kernel in pixels, >= 1");
    field("stride", self.stride, "step of the kernel in pixels; for a transposed convolution, the upsampling factor");
    field("padding", self.padding,
          "pixels of zeros around the input; for a transposed convolution, pixels cut from the output");
    field("output_padding", self.output_padding, "rows and columns added to the output of a transposed convolution");
    field("transposed", self.transposed, "use the transposed convolution");
    field("bias", self.bias, "add a bias to each output channel");
    field("spectral_norm", self.spectral_norm, "divide the weight by its largest singular value");
  }
  void validate() const;

  friend bool operator==(const ConvolutionOptions&, const ConvolutionOptions&) = default;
};

/// [N, in, H, W] -> [N, out, H', W'], H' = (H + 2 padding - kernel) / stride + 1 rounded down or, transposed,
/// (H - 1) stride - 2 padding + kernel + output_padding. Parameters as PyTorch's: weight [out, in, k, k], transposed
/// [in, out, k, k], both drawn kaiming-uniform; bias [out].
class ConvolutionImpl : public torch::nn::Cloneable<ConvolutionImpl>, public Preparable {
 public:
  using Options = ConvolutionOptions;

  explicit ConvolutionImpl(const ConvolutionOptions& options);

  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  /// The activation is computed with the convolution, which saves a walk through memory.
  Tensor forward(const Tensor& input, Activation activation = Activation::none);

  /// Spectral norm goes into the weight, and the weight into the layout that the kernels read.
  void prepare_for_inference() override;
  /// Makes what evaluation mode computes, y, into scale * y + shift, both [out]: part of preparing a layer.
  void fold(const Tensor& scale, const Tensor& shift);

  ConvolutionOptions options;
  Tensor weight;
  Tensor bias;  // undefined without one
  SpectralNorm spectral_norm{nullptr};

 private:
  void fold_spectral_norm();

  std::shared_ptr<const kernels::PreparedWeight> prepared_;  // null until prepared
};

class Convolution : public OptionsHolder<ConvolutionImpl> {
 public:
  using OptionsHolder<ConvolutionImpl>::OptionsHolder;
};

}  // namespace cspgan
