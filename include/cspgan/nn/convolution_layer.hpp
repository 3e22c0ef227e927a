// A convolution with optional noise before it, and optional normalization and activation after it.
#pragma once

#include <torch/nn/cloneable.h>

#include <iosfwd>

#include "cspgan/core/tensor.hpp"
#include "cspgan/nn/convolution.hpp"
#include "cspgan/nn/gaussian_noise.hpp"
#include "cspgan/nn/holder.hpp"
#include "cspgan/nn/kinds.hpp"
#include "cspgan/nn/normalization.hpp"
#include "cspgan/nn/preparable.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Options of a ConvolutionLayer. validate() throws OptionError, naming the field, if a value is out of range.
struct ConvolutionLayerOptions {
  ConvolutionOptions convolution{};
  Norm norm = Norm::none;
  NormPlace norm_place = NormPlace::before_activation;
  Activation activation = Activation::none;
  double noise_sigma = 0;  // 0: no noise layer

  static void describe(auto&& self, auto&& field) {
    field("convolution", self.convolution, "options of the convolution");
    field("norm", self.norm, "normalization after the convolution");
    field("norm_place", self.norm_place, "whether the norm comes before or after the activation");
    field("activation", self.activation, "activation after the convolution");
    field("noise_sigma", self.noise_sigma,
          "standard deviation of Gaussian noise added before the convolution while training, >= 0; 0: none");
  }
  void validate() const;

  friend bool operator==(const ConvolutionLayerOptions&, const ConvolutionLayerOptions&) = default;
};

/// noise -> convolution -> norm -> activation, or activation before norm (`norm_place`). Maps [N, in, H, W] to
/// [N, out, H', W'] as the convolution does. A part that the options do not ask for is not created.
/// Children: "convolution", "norm", "noise".
class ConvolutionLayerImpl : public torch::nn::Cloneable<ConvolutionLayerImpl>, public Preparable {
 public:
  using Options = ConvolutionLayerOptions;

  explicit ConvolutionLayerImpl(const ConvolutionLayerOptions& options);

  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  /// Folds a batch norm that directly follows the convolution into it; any other norm stays.
  void prepare_for_inference() override;

  ConvolutionLayerOptions options;

 private:
  GaussianNoise noise_{nullptr};
  Convolution convolution_{nullptr};
  Normalization norm_{nullptr};
};

/// Holder of a ConvolutionLayerImpl.
class ConvolutionLayer : public OptionsHolder<ConvolutionLayerImpl> {
 public:
  using OptionsHolder<ConvolutionLayerImpl>::OptionsHolder;
};

namespace detail {

/// Folds a batch norm that directly follows the convolution into it. Returns false, and changes nothing, if `norm` is
/// null, is not a batch norm, or follows an activation. One channel of the norm may cover several adjacent channels of
/// the convolution.
bool fold_norm(ConvolutionImpl& convolution, const Normalization& norm, NormPlace place, Activation activation);

}  // namespace detail
}  // namespace cspgan
