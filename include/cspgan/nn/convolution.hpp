// A convolution, plain or transposed, with optional spectral normalization. All other layers are built from it.
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

/// Options of a Convolution; sizes are in pixels. validate() throws OptionError, naming the field, if a value is out of
/// range.
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

/// Maps [N, in, H, W] to [N, out, H', W'] with H' = floor((H + 2 padding - kernel) / stride) + 1 or, if transposed,
/// H' = (H - 1) stride - 2 padding + kernel + output_padding; W' likewise. The parameters are those of PyTorch: weight
/// [out, in, k, k], or [in, out, k, k] if transposed, initialized Kaiming-uniform (He et al. 2015); bias [out].
class ConvolutionImpl : public torch::nn::Cloneable<ConvolutionImpl>, public Preparable {
 public:
  using Options = ConvolutionOptions;

  explicit ConvolutionImpl(const ConvolutionOptions& options);

  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  /// Fuses the activation with the convolution, which saves a pass through memory.
  Tensor forward(const Tensor& input, Activation activation = Activation::none);

  /// Folds the spectral norm into the weight and packs the weight into the layout of the kernels.
  void prepare_for_inference() override;
  /// Changes the output y of evaluation mode to scale * y + shift; both are [out]. Part of preparing a layer.
  void fold(const Tensor& scale, const Tensor& shift);

  ConvolutionOptions options;
  Tensor weight;
  Tensor bias;  // undefined if options.bias is false
  SpectralNorm spectral_norm{nullptr};

 private:
  void fold_spectral_norm();

  std::shared_ptr<const kernels::PreparedWeight> prepared_;  // null until prepared
};

/// Holder of a ConvolutionImpl.
class Convolution : public OptionsHolder<ConvolutionImpl> {
 public:
  using OptionsHolder<ConvolutionImpl>::OptionsHolder;
};

}  // namespace cspgan
