// Six ways to double a feature map.
#include "cspgan/nn/upsampling.hpp"

#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/replication_pad2d.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/custom_function.h>

#include <ostream>
#include <string_view>

#include "cspgan/nn/module_tools.hpp"
#include "nn/checks.hpp"

namespace cspgan {
namespace {

ConvolutionOptions convolution_for(const UpsamplingOptions& options) {
  ConvolutionOptions convolution{.in_channels = options.in_channels,
                                 .out_channels = options.out_channels,
                                 .bias = options.bias,
                                 .spectral_norm = options.spectral_norm};
  const auto set = [&convolution](std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                                  std::int64_t output_padding = 0) {
    convolution.kernel = kernel;
    convolution.stride = stride;
    convolution.padding = padding;
    convolution.output_padding = output_padding;
    convolution.transposed = stride == 2;
  };
  switch (options.upsample) {
    case Upsample::transposed_4:
      set(4, 2, options.padding);
      break;
    case Upsample::transposed_2:
      set(2, 2, 0);
      break;
    case Upsample::transposed_3:
      set(3, 2, 1, 1);
      break;
    case Upsample::nearest_convolution:
      set(3, 1, 1);
      break;
    case Upsample::nearest:
    case Upsample::bilinear:
      set(1, 1, 0);
      break;
  }
  return convolution;
}

Tensor bilinear(const Tensor& input) {
  return at::upsample_bilinear2d(input, {input.size(2) * 2, input.size(3) * 2}, /*align_corners=*/false);
}

/// The gradient of bilinear(): each pixel gathers from the 4x4 that it was spread to, with weights 1/4, 3/4, 3/4, 1/4
/// along each axis, which are those of three means of two neighbors. What was read beyond the border was the border's
/// pixel, so the gradient's own border counts twice.
Tensor bilinear_gradient(const Tensor& gradient) {
  const auto means = [](const Tensor& x) { return at::avg_pool2d(x, /*kernel_size=*/2, /*stride=*/1); };
  return at::avg_pool2d(means(means(at::replication_pad2d(gradient, {1, 1, 1, 1}))), /*kernel_size=*/2, /*stride=*/2,
                        /*padding=*/0, /*ceil_mode=*/false, /*count_include_pad=*/true, /*divisor_override=*/1);
}

struct RepeatableBilinear : torch::autograd::Function<RepeatableBilinear> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input, bool backwards) {
    context->saved_data["backwards"] = backwards;
    return backwards ? bilinear_gradient(input) : bilinear(input);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const bool backwards = context->saved_data["backwards"].toBool();
    return {RepeatableBilinear::apply(gradients[0], !backwards), Tensor()};
  }
};

}  // namespace

Tensor detail::repeatable_bilinear(const Tensor& input) { return RepeatableBilinear::apply(input, false); }

Tensor upsample_nearest(const Tensor& input) {
  return at::upsample_nearest2d(input, {input.size(2) * 2, input.size(3) * 2});
}

Tensor upsample_bilinear(const Tensor& input) {
  return input.is_cuda() ? detail::repeatable_bilinear(input) : bilinear(input);
}

void UpsamplingOptions::validate() const {
  detail::require(padding == 1 || padding == 0, "Upsampling: padding", "1, or 0 for the stem form", padding);
  if (padding == 0 && upsample != Upsample::transposed_4)
    throw OptionError(fmt::format("Upsampling: padding 0 is the stem form, which needs upsample = transposed_4, not {}",
                                  enum_name(upsample)));
  detail::require_not_negative(noise_sigma, "Upsampling: noise_sigma");
  if (has_convolution()) return;
  const auto require_absent = [&](bool absent, std::string_view option) {
    if (!absent)
      throw OptionError(
          fmt::format("Upsampling: {} is asked for, but {} of {} to {} channels has no convolution that it "
                      "could belong to: leave it out",
                      option, enum_name(upsample), in_channels, out_channels));
  };
  require_absent(norm == Norm::none, "norm");
  require_absent(!spectral_norm, "spectral_norm");
  require_absent(noise_sigma == 0, "noise_sigma");
}

bool UpsamplingOptions::has_convolution() const {
  const bool plain = upsample == Upsample::nearest || upsample == Upsample::bilinear;
  return !plain || in_channels != out_channels;
}

UpsamplingImpl::UpsamplingImpl(const UpsamplingOptions& given) : options(given) { reset(); }

void UpsamplingImpl::reset() {
  detail::require_channels(options.in_channels, options.out_channels, "Upsampling");
  options.validate();
  if (!options.has_convolution()) return;
  layer_ = register_module("layer", ConvolutionLayer({.convolution = convolution_for(options),
                                                      .norm = options.norm,
                                                      .noise_sigma = options.noise_sigma}));
}

void UpsamplingImpl::pretty_print(std::ostream& stream) const {
  print_options(stream, "Upsampling", to_value(options));
}

Tensor UpsamplingImpl::forward(const Tensor& input) {
  if (options.upsample == Upsample::nearest_convolution) return layer_->forward(upsample_nearest(input));
  // A 1x1 convolution and plain upsampling commute, so the convolution runs first, at a quarter of the cost.
  const Tensor x = layer_.is_empty() ? input : layer_->forward(input);
  if (options.upsample == Upsample::nearest) return upsample_nearest(x);
  if (options.upsample == Upsample::bilinear) return upsample_bilinear(x);
  return x;
}

}  // namespace cspgan
