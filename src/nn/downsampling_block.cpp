// The blocks of the discriminators.
#include "cspgan/nn/downsampling_block.hpp"

#include <ATen/ops/avg_pool2d.h>
#include <fmt/format.h>

#include <numbers>
#include <ostream>

#include "cspgan/core/shapes.hpp"
#include "cspgan/nn/module_tools.hpp"
#include "nn/checks.hpp"

namespace cspgan {

void DownsamplingOptions::validate() const {
  detail::require_at_least(in_channels, 0, "DownsamplingBlock: in_channels");
  detail::require_at_least(out_channels, 0, "DownsamplingBlock: out_channels");
  detail::require(kernel == 3 || kernel == 4, "DownsamplingBlock: kernel", "3 or 4", kernel);
  detail::require(activation != Activation::none, "DownsamplingBlock: activation", "relu or leaky_relu",
                  enum_name(activation));
  detail::require_not_negative(noise_sigma, "DownsamplingBlock: noise_sigma");
}

DownsamplingBlockImpl::DownsamplingBlockImpl(const DownsamplingOptions& given) : options(given) { reset(); }

ConvolutionLayerOptions DownsamplingBlockImpl::layer(std::int64_t in, std::int64_t out, std::int64_t kernel,
                                                     std::int64_t stride) const {
  return {.convolution = {.in_channels = in,
                          .out_channels = out,
                          .kernel = kernel,
                          .stride = stride,
                          .padding = kernel == 1 ? 0 : 1,
                          .bias = options.bias,
                          .spectral_norm = options.spectral_norm},
          .norm = options.norm,
          .norm_place = options.norm_place,
          .noise_sigma = options.noise_sigma};
}

void DownsamplingBlockImpl::reset() {
  options.validate();
  const std::int64_t in = options.in_channels;
  const std::int64_t out = options.out_channels;
  detail::require_channels(in, out, "DownsamplingBlock");

  const bool preactivated = options.shape == DownShape::preactivated;
  ConvolutionLayerOptions conv1 = preactivated ? layer(in, in, 3, 1) : layer(in, out, options.kernel, 2);
  conv1.activation = options.activation;
  conv1_ = register_module("conv1", ConvolutionLayer(conv1));
  if (options.shape == DownShape::strided) return;

  conv2_ = register_module("conv2",
                           ConvolutionLayer(preactivated ? layer(in, out, options.kernel, 2) : layer(out, out, 3, 1)));
  ConvolutionLayerOptions skip = layer(in, out, 1, preactivated ? 1 : 2);
  skip.norm = Norm::none;
  if (preactivated) skip.convolution.bias = false;
  skip_ = register_module("skip", ConvolutionLayer(skip));
}

void DownsamplingBlockImpl::pretty_print(std::ostream& stream) const {
  print_options(stream, "DownsamplingBlock", to_value(options));
}

Tensor DownsamplingBlockImpl::forward(const Tensor& input) {
  if (input.dim() != 4 || input.size(1) != options.in_channels || input.size(2) % 2 != 0 || input.size(3) % 2 != 0)
    fail_shape("DownsamplingBlock", fmt::format("[N, {}, H, W], H and W even", options.in_channels), input);
  switch (options.shape) {
    case DownShape::strided:
      break;
    case DownShape::residual: {
      Tensor x = conv2_->forward(conv1_->forward(input));
      return x.add_(skip_->forward(input));
    }
    case DownShape::preactivated: {
      Tensor x = conv2_->forward(conv1_->forward(activate(input, options.activation)));
      return x.add_(skip_->forward(at::avg_pool2d(input, 2))).mul_(std::numbers::sqrt2 / 2);
    }
  }
  return conv1_->forward(input);
}

}  // namespace cspgan
