// The evidence lower bound of a convolutional model.
#include "cspgan/detection/variational_autoencoder.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/relu.h>
#include <fmt/format.h>

#include <ostream>

#include "core/checks.hpp"
#include "cspgan/nn/module_tools.hpp"
#include "detection/picture_networks.hpp"

namespace cspgan {

void VariationalAutoencoderOptions::validate() const {
  shape.validate();
  network.validate();
  detail::require_from_to(latent_size, 1, 65'536, "model.latent_size");
  detail::require_positive(deviation, "model.deviation");
}

Tensor divergence_from_standard(const Tensor& mean, const Tensor& log_variance) {
  return (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mul(0.5);
}

VariationalAutoencoderImpl::VariationalAutoencoderImpl(Options given) : options(std::move(given)) {
  options.validate();
  const PictureNetworkOptions& network = options.network;
  const auto channels = detail::channels_of(network.levels, network.base_channels, network.max_channels);
  const auto [height, width] = detail::coarsest_map(options.shape, network.levels);
  const std::int64_t features = channels.back() * height * width, classes = options.shape.classes;
  encoder_ = register_module("encoder",
                             std::make_shared<detail::PictureEncoder>(options.shape.channels, network.down, channels));
  const auto linear = [&](const char* name, std::int64_t in, std::int64_t out) {
    return register_module(name, std::make_shared<detail::LinearLayer>(in + classes, out));
  };
  mean_ = linear("mean", features, options.latent_size);
  log_variance_ = linear("log_variance", features, options.latent_size);
  decoder_input_ = linear("decoder_input", options.latent_size, features);
  decoder_ = register_module("decoder", std::make_shared<detail::PictureDecoder>(options.shape, network.up, channels));
}

void VariationalAutoencoderImpl::pretty_print(std::ostream& stream) const {
  print_options(stream, "VariationalAutoencoder", to_value(options));
}

std::pair<Tensor, Tensor> VariationalAutoencoderImpl::encode(const Tensor& pictures, const Tensor& classes) {
  require_pictures(pictures, classes);
  Tensor features = encoder_->forward(pictures).flatten(1);
  if (options.shape.classes > 0) features = at::cat({features, one_hot(classes)}, 1);
  // Bounded, so that a first step that is too long does not end in infinities.
  return {mean_->forward(features), log_variance_->forward(features).clamp(-20, 20)};
}

Tensor VariationalAutoencoderImpl::decode(const Tensor& latents, const Tensor& classes) {
  detail::require_latents(latents, options.latent_size, "variational");
  const auto [height, width] = detail::coarsest_map(options.shape, options.network.levels);
  const Tensor rows = options.shape.classes > 0 ? at::cat({latents, one_hot(classes)}, 1) : latents;
  return decoder_->forward(at::relu(decoder_input_->forward(rows)).view({latents.size(0), -1, height, width}));
}

Tensor VariationalAutoencoderImpl::reconstruct(const Tensor& pictures, const Tensor& classes) {
  return decode(encode(pictures, classes).first, classes);
}

ModelLoss VariationalAutoencoderImpl::loss(const Tensor& pictures, const Tensor& classes, TensorRandom& random) {
  const auto [mean, log_variance] = encode(pictures, classes);
  const Tensor latents = mean + (log_variance / 2).exp() * random.normal(mean.sizes());
  const Tensor error = at::mse_loss(decode(latents, classes), pictures);
  const Tensor divergence =
      divergence_from_standard(mean, log_variance).mean() / static_cast<double>(options.shape.numbers());
  return {error / (2 * options.deviation * options.deviation) + divergence,
          {{"squared_error", error}, {"divergence", divergence}}};
}

}  // namespace cspgan
