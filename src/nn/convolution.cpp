// The convolution and its initial values.
#include "cspgan/nn/convolution.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <ostream>
#include <vector>

#include "cspgan/nn/module_tools.hpp"
#include "kernels/tensors/convolution.hpp"
#include "nn/checks.hpp"

namespace cspgan {
namespace {

kernels::ConvolutionGeometry geometry_of(const ConvolutionOptions& o) {
  return {o.kernel, o.stride, o.padding, o.output_padding, o.transposed};
}

}  // namespace

void ConvolutionOptions::validate() const {
  detail::require_at_least(kernel, 1, "Convolution: kernel");
  detail::require_at_least(stride, 1, "Convolution: stride");
  detail::require_at_least(padding, 0, "Convolution: padding");
  detail::require_at_least(output_padding, 0, "Convolution: output_padding");
  if (output_padding > 0 && !transposed)
    throw OptionError("Convolution: output_padding is for transposed convolutions only");
}

ConvolutionImpl::ConvolutionImpl(const ConvolutionOptions& given) : options(given) { reset(); }

void ConvolutionImpl::reset() {
  options.validate();
  detail::require_channels(options.in_channels, options.out_channels, "Convolution");
  const auto& o = options;
  const std::vector<std::int64_t> shape = o.transposed ? std::vector{o.in_channels, o.out_channels, o.kernel, o.kernel}
                                                       : std::vector{o.out_channels, o.in_channels, o.kernel, o.kernel};
  const double bound = 1 / std::sqrt(static_cast<double>(shape[1] * o.kernel * o.kernel));
  weight = register_parameter("weight", at::empty(shape).uniform_(-bound, bound));
  if (o.bias) bias = register_parameter("bias", at::empty({o.out_channels}).uniform_(-bound, bound));
  if (o.spectral_norm) {
    spectral_norm = register_module("spectral_norm", SpectralNorm({.rows = o.out_channels,
                                                                   .columns = o.in_channels * o.kernel * o.kernel,
                                                                   .output_dimension = o.transposed ? 1 : 0}));
    spectral_norm->start(weight);
  }
}

void ConvolutionImpl::pretty_print(std::ostream& stream) const {
  print_options(stream, "Convolution", to_value(options));
}

Tensor ConvolutionImpl::forward(const Tensor& input, Activation activation) {
  if (prepared_ != nullptr)
    return kernels::convolution(input, weight, *prepared_, bias, geometry_of(options), negative_slope(activation));
  const Tensor used = spectral_norm.is_empty() ? weight : spectral_norm->forward(weight);
  return kernels::convolution(input, used, bias, geometry_of(options), negative_slope(activation));
}

void ConvolutionImpl::prepare_for_inference() {
  fold_spectral_norm();
  prepared_ = std::make_shared<const kernels::PreparedWeight>(kernels::prepare(weight, geometry_of(options)));
}

void ConvolutionImpl::fold(const Tensor& scale, const Tensor& shift) {
  const torch::NoGradGuard no_gradients;
  fold_spectral_norm();  // first, because sigma belongs to the weight as learned
  if (!bias.defined())
    bias = register_parameter("bias", at::zeros({options.out_channels}, weight.options()), weight.requires_grad());
  const Tensor by_output = options.transposed ? scale.view({1, -1, 1, 1}) : scale.view({-1, 1, 1, 1});
  weight.copy_(weight.to(at::kDouble) * by_output);  // copies keep the layout
  bias.copy_(bias.to(at::kDouble) * scale + shift);
}

void ConvolutionImpl::fold_spectral_norm() {
  if (spectral_norm.is_empty()) return;
  const torch::NoGradGuard no_gradients;
  spectral_norm->eval();  // no power iteration
  weight.copy_(spectral_norm->forward(weight));
  unregister_module("spectral_norm");
  spectral_norm = SpectralNorm{nullptr};
}

}  // namespace cspgan
