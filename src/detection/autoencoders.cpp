// Autoencoders of linear layers and of blocks.
#include "cspgan/detection/autoencoders.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "core/checks.hpp"
#include "cspgan/nn/module_tools.hpp"
#include "detection/picture_networks.hpp"

namespace cspgan {

void DenseAutoencoderOptions::validate() const {
  shape.validate();
  detail::require(!widths.empty() && widths.size() <= 64, "model.widths", "1 to 64 numbers", widths.size());
  for (const std::int64_t width : widths) detail::require_from_to(width, 1, 65'536, "model.widths");
}

DenseAutoencoderImpl::DenseAutoencoderImpl(Options given) : options(std::move(given)) {
  options.validate();
  bottleneck_ = static_cast<std::size_t>(std::ranges::min_element(options.widths) - options.widths.begin());
  std::int64_t in = options.shape.numbers() + options.shape.classes;
  for (std::size_t i = 0; i <= options.widths.size(); ++i) {
    const std::int64_t out = i < options.widths.size() ? options.widths[i] : options.shape.numbers();
    layers_.push_back(register_module(fmt::format("layer{}", i), std::make_shared<detail::LinearLayer>(in, out)));
    in = out + (i == bottleneck_ ? options.shape.classes : 0);
  }
}

void DenseAutoencoderImpl::pretty_print(std::ostream& stream) const {
  print_options(stream, "DenseAutoencoder", to_value(options));
}

Tensor DenseAutoencoderImpl::layers(Tensor rows, std::size_t first, std::size_t last) const {
  for (std::size_t i = first; i < last; ++i) {
    rows = layers_[i]->forward(rows);
    // The bottleneck stays linear: behind a ReLU, a unit that is 0 for all pictures would never learn again.
    if (i != bottleneck_ && i + 1 < layers_.size()) rows = at::relu(rows);
  }
  return rows;
}

Tensor DenseAutoencoderImpl::reconstruct(const Tensor& pictures, const Tensor& classes) {
  require_pictures(pictures, classes);
  Tensor rows = pictures.flatten(1);
  if (options.shape.classes > 0) rows = at::cat({rows, one_hot(classes)}, 1);
  return decode(layers(rows, 0, bottleneck_ + 1), classes);
}

std::int64_t DenseAutoencoderImpl::latent_size() const { return options.widths[bottleneck_]; }

Tensor DenseAutoencoderImpl::decode(const Tensor& latents, const Tensor& classes) {
  detail::require_latents(latents, latent_size(), "dense");
  const Tensor rows = options.shape.classes > 0 ? at::cat({latents, one_hot(classes)}, 1) : latents;
  return layers(rows, bottleneck_ + 1, layers_.size())
      .tanh()
      .view({latents.size(0), options.shape.channels, options.shape.height, options.shape.width});
}

void ConvolutionalAutoencoderOptions::validate() const {
  shape.validate();
  network.validate();
  detail::require_from_to(latent_channels, 1, 4096, "model.latent_channels");
  detail::require(erased >= 0 && erased < 1, "model.erased", "in [0, 1)", erased);
  detail::require_from_to(hole, 1, 1024, "model.hole");
}

ConvolutionalAutoencoderImpl::ConvolutionalAutoencoderImpl(Options given) : options(std::move(given)) {
  options.validate();
  const PictureNetworkOptions& network = options.network;
  const auto channels = detail::channels_of(network.levels, network.base_channels, network.max_channels);
  encoder_ = register_module("encoder",
                             std::make_shared<detail::PictureEncoder>(options.shape.channels, network.down, channels));
  narrow_ = register_module(
      "narrow", Convolution({.in_channels = channels.back(), .out_channels = options.latent_channels, .kernel = 1}));
  widen_ = register_module(
      "widen", Convolution({.in_channels = options.latent_channels, .out_channels = channels.back(), .kernel = 1}));
  decoder_ = register_module("decoder", std::make_shared<detail::PictureDecoder>(options.shape, network.up, channels));
}

void ConvolutionalAutoencoderImpl::pretty_print(std::ostream& stream) const {
  print_options(stream, "ConvolutionalAutoencoder", to_value(options));
}

Tensor ConvolutionalAutoencoderImpl::reconstruct(const Tensor& pictures, const Tensor& classes) {
  require_pictures(pictures, classes);
  return decoder_->forward(widen_->forward(narrow_->forward(encoder_->forward(pictures))));
}

ModelLoss ConvolutionalAutoencoderImpl::loss(const Tensor& pictures, const Tensor& classes, TensorRandom& random) {
  if (options.erased == 0) return ReconstructionModel::loss(pictures, classes, random);
  const std::int64_t height = pictures.size(2), width = pictures.size(3), hole = options.hole;
  // One square more each way than the picture has room for, cut at a place that differs from step to step.
  const std::int64_t rows = (height + hole - 1) / hole + 1, columns = (width + hole - 1) / hole + 1;
  const Tensor squares = random.bernoulli({pictures.size(0), 1, rows, columns}, options.erased);
  const Tensor places = random.integers({2}, 0, hole);
  const Tensor erased = at::upsample_nearest2d(squares, {rows * hole, columns * hole})
                            .narrow(2, places[0].item<std::int64_t>(), height)
                            .narrow(3, places[1].item<std::int64_t>(), width);
  const Tensor seen = pictures * (1 - erased);
  return {at::mse_loss(reconstruct(seen.contiguous(pictures.suggest_memory_format()), classes), pictures)};
}

std::int64_t ConvolutionalAutoencoderImpl::latent_size() const {
  const auto [height, width] = detail::coarsest_map(options.shape, options.network.levels);
  return options.latent_channels * height * width;
}

Tensor ConvolutionalAutoencoderImpl::decode(const Tensor& latents, const Tensor&) {
  detail::require_latents(latents, latent_size(), "convolutional");
  const auto [height, width] = detail::coarsest_map(options.shape, options.network.levels);
  return decoder_->forward(widen_->forward(latents.view({latents.size(0), options.latent_channels, height, width})));
}

}  // namespace cspgan
