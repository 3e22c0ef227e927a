// Encoders and decoders of pictures.
#include "detection/picture_networks.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/replication_pad2d.h>
#include <ATen/ops/tanh.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/checks.hpp"
#include "cspgan/core/shapes.hpp"

namespace cspgan {

void PictureNetworkOptions::validate() const {
  detail::require_from_to(levels, 1, 8, "network.levels");
  detail::require_from_to(base_channels, 1, 4096, "network.base_channels");
  detail::require_from_to(max_channels, base_channels, 4096, "network.max_channels");
  for (const auto& [in, out, name] : {std::tuple{down.in_channels, down.out_channels, "network.down"},
                                      std::tuple{up.in_channels, up.out_channels, "network.up"}})
    if (in != 0 || out != 0) throw OptionError(fmt::format("{}: the network sets the channels", name));
  down.validate();
  up.validate();
}

namespace detail {

LinearLayer::LinearLayer(std::int64_t in, std::int64_t out) {
  const double bound = 1 / std::sqrt(static_cast<double>(in));  // as LibTorch's
  weight_ = register_parameter("weight", at::empty({out, in}).uniform_(-bound, bound));
  bias_ = register_parameter("bias", at::empty({out}).uniform_(-bound, bound));
}

Tensor LinearLayer::forward(const Tensor& rows) const { return at::linear(rows, weight_, bias_); }

std::vector<std::int64_t> channels_of(std::int64_t levels, std::int64_t base_channels, std::int64_t max_channels) {
  std::vector<std::int64_t> channels;
  for (std::int64_t level = 0, count = base_channels; level < levels;
       ++level, count = std::min(2 * count, max_channels))
    channels.push_back(std::min(count, max_channels));
  return channels;
}

std::pair<std::int64_t, std::int64_t> coarsest_map(const PictureShape& shape, std::int64_t levels) {
  const std::int64_t factor = std::int64_t{1} << levels;
  return {(shape.height + factor - 1) / factor, (shape.width + factor - 1) / factor};
}

Tensor extend(const Tensor& pictures, std::int64_t levels) {
  const std::int64_t factor = std::int64_t{1} << levels;
  const auto missing = [&](std::int64_t length) { return (factor - length % factor) % factor; };
  const std::int64_t below = missing(pictures.size(2)), right = missing(pictures.size(3));
  if (below == 0 && right == 0) return pictures;
  return at::replication_pad2d(pictures, {0, right, 0, below}).contiguous(pictures.suggest_memory_format());
}

PictureEncoder::PictureEncoder(std::int64_t in_channels, const DownsamplingOptions& block,
                               const std::vector<std::int64_t>& channels) {
  for (const std::int64_t out : channels) {
    DownsamplingOptions options = block;
    options.in_channels = in_channels;
    options.out_channels = in_channels = out;
    blocks_.push_back(register_module(fmt::format("block{}", blocks_.size()), DownsamplingBlock(options)));
  }
}

Tensor PictureEncoder::forward(const Tensor& pictures) {
  Tensor x = extend(pictures, static_cast<std::int64_t>(blocks_.size()));
  for (DownsamplingBlock& block : blocks_) x = block->forward(x);
  return x;
}

PictureDecoder::PictureDecoder(const PictureShape& shape, const CSPupOptions& block,
                               const std::vector<std::int64_t>& channels)
    : height_(shape.height), width_(shape.width) {
  for (std::size_t i = channels.size(); i-- > 0;) {
    CSPupOptions options = block;
    options.in_channels = channels[i];
    options.out_channels = i > 0 ? channels[i - 1] : channels[0];
    blocks_.push_back(register_module(fmt::format("block{}", blocks_.size()), CSPupBlock(options)));
  }
  head_ = register_module(
      "head",
      Convolution({.in_channels = channels.front(), .out_channels = shape.channels, .kernel = 3, .padding = 1}));
}

Tensor PictureDecoder::forward(const Tensor& map) {
  Tensor x = map;
  for (CSPupBlock& block : blocks_) x = block->forward(x);
  return head_->forward(x).tanh().narrow(2, 0, height_).narrow(3, 0, width_);
}

void require_latents(const Tensor& latents, std::int64_t size, std::string_view model) {
  if (latents.dim() != 2 || latents.size(1) != size)
    fail_shape(fmt::format("{}: latents", model), fmt::format("[N, {}]", size), latents);
}

}  // namespace detail
}  // namespace cspgan
