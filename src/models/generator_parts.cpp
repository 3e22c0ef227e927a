// Stem and head of the generators.
#include "cspgan/models/generator_parts.hpp"

#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/tanh.h>

#include <ostream>

#include "core/checks.hpp"
#include "cspgan/nn/module_tools.hpp"
#include "cspgan/nn/upsampling.hpp"

namespace cspgan {

void GeneratorStemOptions::validate() const {
  detail::require_not_negative(noise_sigma, "generator: stem.noise_sigma");
  if (kind == StemKind::block && *this != GeneratorStemOptions{.kind = StemKind::block})
    throw OptionError(
        "generator: stem.kind is block, so the options of the block count: leave those of the stem at their defaults");
}

void GeneratorHeadOptions::validate() const {
  detail::require_not_negative(noise_sigma, "generator: head.noise_sigma");
  if (kind == HeadKind::none && (norm != Norm::none || activation != Activation::none || noise_sigma > 0))
    throw OptionError("generator: head.kind is none, so head.norm, head.activation and head.noise_sigma have no place");
}

GeneratorStemImpl::GeneratorStemImpl(const GeneratorStemOptions& given, std::int64_t latent_size, std::int64_t channels)
    : options(given), latent_size_(latent_size), channels_(channels) {
  reset();
}

void GeneratorStemImpl::reset() {
  options.validate();
  if (options.kind == StemKind::block) throw OptionError("GeneratorStem: the kind block is made by the generator");
  const bool linear = options.kind == StemKind::linear;
  const std::int64_t size = options.size();
  if (options.noise_sigma > 0) noise_ = register_module("noise", GaussianNoise({.sigma = options.noise_sigma}));
  convolution_ =
      register_module("convolution", Convolution({.in_channels = latent_size_,
                                                  .out_channels = linear ? channels_ * size * size : channels_,
                                                  .kernel = linear ? 1 : size,
                                                  .transposed = !linear,
                                                  .bias = options.bias,
                                                  .spectral_norm = options.spectral_norm}));
  if (options.norm != Norm::none)
    norm_ = register_module("norm", Normalization({.channels = channels_, .norm = options.norm}));
}

void GeneratorStemImpl::pretty_print(std::ostream& stream) const {
  print_options(stream, "GeneratorStem", to_value(options));
}

Tensor GeneratorStemImpl::forward(const Tensor& latents) {
  Tensor x = noise_.is_empty() ? latents : noise_->forward(latents);
  const bool norm_is_next = !norm_.is_empty() && options.norm_place == NormPlace::before_activation;
  x = convolution_->forward(x.unsqueeze(2).unsqueeze(3), norm_is_next ? Activation::none : options.activation);
  if (options.kind == StemKind::linear)  // a linear layer gives channel by channel: change to the images' layout
    x = x.reshape({x.size(0), channels_, options.size(), options.size()})
            .contiguous(convolution_->weight.suggest_memory_format());
  if (norm_.is_empty()) return x;
  return norm_->forward(x, norm_is_next ? options.activation : Activation::none);
}

void GeneratorStemImpl::prepare_for_inference() {
  if (!detail::fold_norm(*convolution_, norm_, options.norm_place, options.activation)) return;
  unregister_module("norm");
  norm_ = Normalization{nullptr};
}

GeneratorHeadImpl::GeneratorHeadImpl(const GeneratorHeadOptions& given, std::int64_t channels,
                                     std::int64_t image_channels)
    : options(given), channels_(channels), image_channels_(image_channels) {
  reset();
}

void GeneratorHeadImpl::reset() {
  options.validate();
  if (options.norm != Norm::none)
    norm_ = register_module("norm", Normalization({.channels = channels_, .norm = options.norm}));
  if (options.kind == HeadKind::none) return;
  const bool transposed = options.kind == HeadKind::transposed;
  const bool pointwise = options.kind == HeadKind::convolution_1;
  layer_ = register_module("layer", ConvolutionLayer({.convolution = {.in_channels = channels_,
                                                                      .out_channels = image_channels_,
                                                                      .kernel = transposed  ? 4
                                                                                : pointwise ? 1
                                                                                            : 3,
                                                                      .stride = transposed ? 2 : 1,
                                                                      .padding = pointwise ? 0 : 1,
                                                                      .transposed = transposed,
                                                                      .bias = options.bias,
                                                                      .spectral_norm = options.spectral_norm},
                                                      .noise_sigma = options.noise_sigma}));
}

void GeneratorHeadImpl::pretty_print(std::ostream& stream) const {
  print_options(stream, "GeneratorHead", to_value(options));
}

Tensor GeneratorHeadImpl::forward(const Tensor& features) {
  Tensor x = norm_.is_empty() ? activate(features, options.activation) : norm_->forward(features, options.activation);
  if (options.kind == HeadKind::nearest_convolution) x = upsample_nearest(x);
  if (!layer_.is_empty()) x = layer_->forward(x);
  switch (options.output) {
    case OutputActivation::tanh:
      return at::tanh(x);
    case OutputActivation::relu:
      return options.centered ? at::relu(x) - 1 : at::relu(x);
    case OutputActivation::sigmoid:
      return options.centered ? at::sigmoid(x) * 2 - 1 : at::sigmoid(x);
    case OutputActivation::none:
      return x;
  }
  return x;
}

}  // namespace cspgan
