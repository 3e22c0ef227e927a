// noise -> convolution -> norm and activation.
#include "cspgan/nn/convolution_layer.hpp"

#include <ostream>

#include "checks.hpp"
#include "cspgan/nn/module_tools.hpp"

namespace cspgan {

void ConvolutionLayerOptions::validate() const {
  convolution.validate();
  detail::require_sigma(noise_sigma, "ConvolutionLayer", "noise_sigma");
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
  Tensor x = convolution_->forward(noise_.is_empty() ? input : noise_->forward(input));
  if (norm_.is_empty()) return activate_in_place(x, options.activation);
  if (options.norm_place == NormPlace::before_activation)
    return activate_in_place(norm_->forward(x), options.activation);
  return norm_->forward(activate_in_place(x, options.activation));
}

}  // namespace cspgan
