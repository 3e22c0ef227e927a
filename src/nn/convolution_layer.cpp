// noise -> convolution -> norm and activation.
#include "cspgan/nn/convolution_layer.hpp"

#include <ostream>

#include "core/checks.hpp"
#include "cspgan/nn/module_tools.hpp"

namespace cspgan {

void ConvolutionLayerOptions::validate() const {
  convolution.validate();
  detail::require_not_negative(noise_sigma, "ConvolutionLayer: noise_sigma");
}

ConvolutionLayerImpl::ConvolutionLayerImpl(const ConvolutionLayerOptions& given) : options(given) { reset(); }

void ConvolutionLayerImpl::reset() {
  options.validate();
  if (options.noise_sigma > 0) noise_ = register_module("noise", GaussianNoise({.sigma = options.noise_sigma}));
  convolution_ = register_module("convolution", Convolution(options.convolution));
  if (options.norm != Norm::none)
    norm_ =
        register_module("norm", Normalization({.channels = options.convolution.out_channels, .norm = options.norm}));
}

void ConvolutionLayerImpl::pretty_print(std::ostream& stream) const { stream << "ConvolutionLayer"; }

Tensor ConvolutionLayerImpl::forward(const Tensor& input) {
  const Tensor x = noise_.is_empty() ? input : noise_->forward(input);
  if (norm_.is_empty()) return convolution_->forward(x, options.activation);
  if (options.norm_place == NormPlace::before_activation)
    return norm_->forward(convolution_->forward(x), options.activation);
  return norm_->forward(convolution_->forward(x, options.activation));
}

void ConvolutionLayerImpl::prepare_for_inference() {
  if (!detail::fold_norm(*convolution_, norm_, options.norm_place, options.activation)) return;
  unregister_module("norm");
  norm_ = Normalization{nullptr};
}

bool detail::fold_norm(ConvolutionImpl& convolution, const Normalization& norm, NormPlace place,
                       Activation activation) {
  if (norm.is_empty() || norm->options.norm != Norm::batch) return false;
  if (place == NormPlace::after_activation && activation != Activation::none) return false;
  const auto [scale, shift] = norm->scale_and_shift();
  const std::int64_t repeats = convolution.options.out_channels / norm->options.channels;
  convolution.fold(scale.repeat_interleave(repeats), shift.repeat_interleave(repeats));
  return true;
}

}  // namespace cspgan
