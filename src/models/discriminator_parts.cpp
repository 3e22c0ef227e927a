// Stem and head of the discriminators.
#include "cspgan/models/discriminator_parts.hpp"

#include <bit>
#include <ostream>

#include "core/checks.hpp"
#include "cspgan/nn/minibatch_stddev.hpp"
#include "cspgan/nn/module_tools.hpp"

namespace cspgan {

void DiscriminatorStemOptions::validate() const {
  detail::require_not_negative(noise_sigma, "discriminator: stem.noise_sigma");
  if (kind == DiscriminatorStemKind::none && *this != DiscriminatorStemOptions{})
    throw OptionError("discriminator: stem.kind is none, so the other options of the stem have no place");
}

void DiscriminatorHeadOptions::validate() const {
  detail::require_power_of_two(size, 1, largest_image_size, "discriminator: head.size");
  detail::require_at_least(minibatch_stddev, 0, "discriminator: head.minibatch_stddev");
  detail::require_not_negative(noise_sigma, "discriminator: head.noise_sigma");
}

ConvolutionLayer make_discriminator_stem(const DiscriminatorStemOptions& options, std::int64_t image_channels,
                                         std::int64_t channels) {
  const bool strided = options.kind == DiscriminatorStemKind::strided;
  return ConvolutionLayer({.convolution = {.in_channels = image_channels,
                                           .out_channels = channels,
                                           .kernel = strided ? 4 : 3,
                                           .stride = strided ? 2 : 1,
                                           .padding = 1,
                                           .bias = options.bias,
                                           .spectral_norm = options.spectral_norm},
                           .activation = options.activation,
                           .noise_sigma = options.noise_sigma});
}

DiscriminatorHeadImpl::DiscriminatorHeadImpl(const DiscriminatorHeadOptions& given, std::int64_t channels)
    : options(given), channels_(channels) {
  reset();
}

void DiscriminatorHeadImpl::reset() {
  options.validate();
  if (options.minibatch_stddev > 0)
    epilogue_ = register_module("epilogue", ConvolutionLayer({.convolution = {.in_channels = channels_ + 1,
                                                                              .out_channels = channels_,
                                                                              .kernel = 3,
                                                                              .padding = 1,
                                                                              .bias = options.bias,
                                                                              .spectral_norm = options.spectral_norm},
                                                              .activation = Activation::leaky_relu,
                                                              .noise_sigma = options.noise_sigma}));
  score_ = register_module("score", ConvolutionLayer({.convolution = {.in_channels = channels_,
                                                                      .out_channels = 1,
                                                                      .kernel = options.size,
                                                                      .bias = options.bias,
                                                                      .spectral_norm = options.spectral_norm},
                                                      .noise_sigma = options.noise_sigma}));
}

void DiscriminatorHeadImpl::pretty_print(std::ostream& stream) const {
  print_options(stream, "DiscriminatorHead", to_value(options));
}

Tensor DiscriminatorHeadImpl::forward(const Tensor& features) {
  Tensor x = activate(features, options.activation);
  if (!epilogue_.is_empty()) x = epilogue_->forward(append_minibatch_stddev(x, options.minibatch_stddev));
  return score_->forward(x).flatten();  // [N, 1, 1, 1] -> [N]
}

}  // namespace cspgan
