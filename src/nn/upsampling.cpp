// Six ways to double a feature map.
#include "cspgan/nn/upsampling.hpp"

#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <fmt/format.h>

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

}  // namespace

Tensor upsample_nearest(const Tensor& input) {
  return at::upsample_nearest2d(input, {input.size(2) * 2, input.size(3) * 2});
}

Tensor upsample_bilinear(const Tensor& input) {
  return at::upsample_bilinear2d(input, {input.size(2) * 2, input.size(3) * 2}, /*align_corners=*/false);
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
