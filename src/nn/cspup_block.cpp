// The CSPup block.
#include "cspgan/nn/cspup_block.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/split.h>
#include <fmt/format.h>

#include <ostream>
#include <vector>

#include "cspgan/core/shapes.hpp"
#include "cspgan/nn/module_tools.hpp"
#include "nn/checks.hpp"

namespace cspgan {

void CSPupOptions::validate() const {
  detail::require_at_least(in_channels, 0, "CSPupBlock: in_channels");
  detail::require_at_least(out_channels, 0, "CSPupBlock: out_channels");
  if (halves == Halves::split && in_channels % 2 != 0)
    throw OptionError(fmt::format(
        "CSPupBlock: in_channels is {}, but a split into halves needs an even number (or halves = projection)",
        in_channels));
  detail::require(activation != Activation::none, "CSPupBlock: activation", "relu or leaky_relu",
                  enum_name(activation));
  detail::require(conv1_kernel == 1 || conv1_kernel == 3, "CSPupBlock: conv1_kernel", "1 or 3", conv1_kernel);
  detail::require(padding == 1 || padding == 0, "CSPupBlock: padding", "1, or 0 for the stem form", padding);
  if (padding == 0 && upsample != Upsample::transposed_4)
    throw OptionError(fmt::format("CSPupBlock: padding 0 is the stem form, which needs upsample = transposed_4, not {}",
                                  enum_name(upsample)));
  detail::require_not_negative(noise_sigma, "CSPupBlock: noise_sigma");
}

CSPupOptions CSPupOptions::as_stem() const {
  CSPupOptions stem = *this;
  stem.upsample = Upsample::transposed_4;
  stem.padding = 0;
  return stem;
}

CSPupBlockImpl::CSPupBlockImpl(const CSPupOptions& given) : options(given) { reset(); }

ConvolutionLayer CSPupBlockImpl::convolution(std::int64_t in, std::int64_t out, std::int64_t kernel,
                                             Activation activation) const {
  return ConvolutionLayer({.convolution = {.in_channels = in,
                                           .out_channels = out,
                                           .kernel = kernel,
                                           .padding = kernel / 2,
                                           .bias = options.bias,
                                           .spectral_norm = options.spectral_norm},
                           .norm = options.norm,
                           .norm_place = options.norm_place,
                           .activation = activation,
                           .noise_sigma = options.noise_sigma});
}

Upsampling CSPupBlockImpl::upsampling(std::int64_t in, std::int64_t out) const {
  UpsamplingOptions upsampling{.in_channels = in,
                               .out_channels = out,
                               .upsample = options.upsample,
                               .padding = options.padding,
                               .bias = options.bias};
  if (upsampling.has_convolution()) {  // the options of the block apply to its convolutions
    upsampling.norm = options.norm;
    upsampling.spectral_norm = options.spectral_norm;
    upsampling.noise_sigma = options.noise_sigma;
  }
  return Upsampling(upsampling);
}

void CSPupBlockImpl::reset() {
  options.validate();
  const std::int64_t in = options.in_channels;
  const std::int64_t out = options.out_channels;
  detail::require_channels(in, out, "CSPupBlock");
  const std::int64_t half = (in + 1) / 2;  // a split needs an even `in`
  const bool projected = options.halves == Halves::projection;

  if (projected) a_projection_ = register_module("a_projection", convolution(in, half, 1, Activation::none));
  a_up_ = register_module("a_up", upsampling(half, out));
  if (projected) b_projection_ = register_module("b_projection", convolution(in, half, 1, Activation::none));
  b_conv1_ = register_module("b_conv1", convolution(half, half, options.conv1_kernel, options.activation));
  b_up_ = register_module("b_up", upsampling(half, out));
  b_conv2_ = register_module("b_conv2", convolution(out, out, 3, options.activation));
  b_conv3_ = register_module("b_conv3", convolution(out, out, 3, Activation::none));
  if (options.merge == Merge::concatenation)
    merge_ = register_module("merge", convolution(2 * out, out, 1, Activation::none));
}

void CSPupBlockImpl::pretty_print(std::ostream& stream) const {
  print_options(stream, "CSPupBlock", to_value(options));
}

Tensor CSPupBlockImpl::forward(const Tensor& input) {
  if (input.dim() != 4 || input.size(1) != options.in_channels)
    fail_shape("CSPupBlock", fmt::format("[N, {}, H, W]", options.in_channels), input);
  const bool projected = options.halves == Halves::projection;
  // One split instead of two slices: its gradient is one concatenation, not the sum of two zero-padded tensors.
  const auto halves = projected ? std::vector{a_projection_->forward(input), b_projection_->forward(input)}
                                : at::split(input, options.in_channels / 2, 1);
  const Tensor& a_input = halves[0];
  const Tensor& b_input = halves[1];
  const Tensor a = a_up_->forward(a_input);
  Tensor b = b_conv3_->forward(b_conv2_->forward(b_up_->forward(b_conv1_->forward(b_input))));
  if (options.merge == Merge::concatenation) return merge_->forward(at::cat({a, b}, 1));
  return b.add_(a);  // nothing else uses b
}

}  // namespace cspgan
