// An encoder for the generator of a trained GAN.
#include "cspgan/detection/f_anogan.hpp"

#include <ATen/ops/_upsample_bilinear2d_aa.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <ostream>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/nn/module_state.hpp"
#include "cspgan/nn/module_tools.hpp"
#include "detection/picture_networks.hpp"

namespace cspgan {

void FAnoGanOptions::validate() const {
  shape.validate();
  detail::require_from_to(base_channels, 1, 4096, "model.base_channels");
  detail::require_from_to(max_channels, base_channels, 4096, "model.max_channels");
  detail::require_not_negative(feature_weight, "model.feature_weight");
  generator.validate();
  discriminator.validate();
  if (generator.image_size != discriminator.image_size || generator.image_channels != shape.channels ||
      discriminator.image_channels != shape.channels)
    throw OptionError("model: the generator, the discriminator and the pictures do not fit each other");
}

FAnoGanOptions f_anogan_options(const Checkpoint& gan) {
  const Value *const generator = gan.run.find("generator"), *const discriminator = gan.run.find("discriminator");
  if (generator == nullptr || discriminator == nullptr || !gan.state.has_tensors_of("discriminator."))
    throw Error(
        fmt::format("'{}' is no checkpoint of a GAN: it needs a generator and a discriminator", gan.path.string()));
  FAnoGanOptions options;
  try {
    options.generator = from_value<GeneratorOptions>(with_present_names(*generator), "generator");
    options.discriminator = from_value<DiscriminatorOptions>(with_present_names(*discriminator), "discriminator");
  } catch (const OptionError& error) {  // the file is wrong, not an option of the user
    throw Error(fmt::format("'{}': {}", gan.path.string(), error.what()));
  }
  return options;
}

FAnoGanImpl::FAnoGanImpl(Options given) : options(std::move(given)) {
  options.validate();
  const std::int64_t size = options.generator.image_size;
  const auto levels = static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(size))) - 1;  // to 1x1
  encoder_ =
      register_module("encoder", std::make_shared<detail::PictureEncoder>(
                                     options.shape.channels, options.down,
                                     detail::channels_of(levels - 2, options.base_channels, options.max_channels)));
  to_latent_ = register_module(
      "to_latent", Convolution({.in_channels = std::min(options.base_channels << (levels - 3), options.max_channels),
                                .out_channels = options.generator.latent_size,
                                .kernel = 4}));
  generator_ = register_module("generator", Generator(options.generator));
  discriminator_ = register_module("discriminator", Discriminator(options.discriminator));
  options.generator =
      generator_->options;  // with their channels, which the presets of another version may set otherwise
  options.discriminator = discriminator_->options;
  for (const auto& network : {generator_.ptr()->parameters(), discriminator_.ptr()->parameters()})
    for (Tensor weight : network) weight.requires_grad_(false);
}

void FAnoGanImpl::pretty_print(std::ostream& stream) const { print_options(stream, "FAnoGan", to_value(options)); }

void FAnoGanImpl::train(bool on) {
  ReconstructionModel::train(on);
  generator_->eval();
  discriminator_->eval();
}

void FAnoGanImpl::take_gan(const Checkpoint& gan) {
  load_module(*generator_, StateReader(gan.state, "generator_ema."));
  load_module(*discriminator_, StateReader(gan.state, "discriminator."));
}

Tensor FAnoGanImpl::to_gan(const Tensor& pictures) const {
  const std::int64_t height = pictures.size(2), width = pictures.size(3), side = std::max(height, width);
  const std::int64_t size = options.generator.image_size;
  const std::int64_t left = (side - width) / 2, above = (side - height) / 2;
  const Tensor square =
      at::constant_pad_nd(pictures, {left, side - width - left, above, side - height - above}, /*value=*/-1);
  const Tensor resized =  // as the loader of the GAN's training resizes
      side == size ? square : at::_upsample_bilinear2d_aa(square, {size, size}, /*align_corners=*/false);
  return resized.contiguous(pictures.suggest_memory_format());
}

Tensor FAnoGanImpl::from_gan(const Tensor& images) const {
  const std::int64_t height = options.shape.height, width = options.shape.width, side = std::max(height, width);
  const Tensor square = side == options.generator.image_size
                            ? images
                            : at::upsample_bilinear2d(images, {side, side}, /*align_corners=*/false);
  return square.narrow(2, (side - height) / 2, height).narrow(3, (side - width) / 2, width);
}

Tensor FAnoGanImpl::encode(const Tensor& images) { return to_latent_->forward(encoder_->forward(images)).flatten(1); }

Tensor FAnoGanImpl::reconstruct(const Tensor& pictures, const Tensor& classes) {
  require_pictures(pictures, classes);
  return from_gan(generator_->forward(encode(to_gan(pictures))));
}

ModelLoss FAnoGanImpl::loss(const Tensor& pictures, const Tensor& classes, TensorRandom&) {
  require_pictures(pictures, classes);
  const Tensor images = to_gan(pictures), drawn = generator_->forward(encode(images));
  const Tensor error = at::mse_loss(from_gan(drawn), pictures);
  const Tensor features = at::mse_loss(discriminator_->features(drawn), discriminator_->features(images));
  return {error + options.feature_weight * features, {{"squared_error", error}, {"feature_error", features}}};
}

std::string FAnoGanImpl::further_score_text() const {
  return fmt::format("the mean squared difference of the discriminator's features, times {:g}",
                     options.feature_weight / 4);
}

Tensor FAnoGanImpl::further_score(const Tensor& pictures, const Tensor& reconstructions) {
  const Tensor real = discriminator_->features(to_gan(pictures)),
               drawn = discriminator_->features(to_gan(reconstructions));
  return (real - drawn).square().flatten(1).mean(1) * (options.feature_weight / 4);  // as the error of pixels in [0, 1]
}

Tensor FAnoGanImpl::decode(const Tensor& latents, const Tensor&) {
  detail::require_latents(latents, latent_size(), "f_anogan");
  return from_gan(generator_->forward(latents));
}

}  // namespace cspgan
