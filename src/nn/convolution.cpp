// The convolution and its first values.
#include "cspgan/nn/convolution.hpp"

#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/empty.h>

#include <cmath>
#include <ostream>
#include <vector>

#include "checks.hpp"
#include "cspgan/nn/module_tools.hpp"

namespace cspgan {

void ConvolutionOptions::validate() const {
  detail::require_at_least(kernel, 1, "Convolution", "kernel");
  detail::require_at_least(stride, 1, "Convolution", "stride");
  detail::require_at_least(padding, 0, "Convolution", "padding");
  detail::require_at_least(output_padding, 0, "Convolution", "output_padding");
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

Tensor ConvolutionImpl::forward(const Tensor& input) {
  const Tensor used = spectral_norm.is_empty() ? weight : spectral_norm->forward(weight);
  const auto& o = options;
  if (o.transposed) return at::conv_transpose2d(input, used, bias, o.stride, o.padding, o.output_padding);
  return at::conv2d(input, used, bias, o.stride, o.padding);
}

}  // namespace cspgan
