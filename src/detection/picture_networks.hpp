// The parts that the models of pictures share: a linear layer, an encoder and a decoder for pictures of any size.
#pragma once

#include <torch/nn/module.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "cspgan/detection/autoencoders.hpp"
#include "cspgan/nn/convolution.hpp"

namespace cspgan::detail {

/// [N, in] -> [N, out]. Parameters: weight [out, in], bias [out].
class LinearLayer : public torch::nn::Module {
 public:
  LinearLayer(std::int64_t in, std::int64_t out);
  Tensor forward(const Tensor& rows) const;
  std::int64_t outputs() const { return weight_.size(0); }

 private:
  Tensor weight_, bias_;
};

/// The features of each map of a network, from the finest one down.
std::vector<std::int64_t> channels_of(std::int64_t levels, std::int64_t base_channels, std::int64_t max_channels);

/// Extends pictures [N, C, H, W] by their border below and to the right, to multiples of 2^levels.
Tensor extend(const Tensor& pictures, std::int64_t levels);

/// Pictures to the coarsest map [N, channels, ceil(H / 2^levels), ceil(W / 2^levels)]. Children: "block0", ....
class PictureEncoder : public torch::nn::Module {
 public:
  PictureEncoder(std::int64_t in_channels, const DownsamplingOptions& block, const std::vector<std::int64_t>& channels);
  Tensor forward(const Tensor& pictures);

 private:
  std::vector<DownsamplingBlock> blocks_;
};

/// The coarsest map to pictures of the shape, in [-1, 1]. Children: "block0", ..., "head".
class PictureDecoder : public torch::nn::Module {
 public:
  PictureDecoder(const PictureShape& shape, const CSPupOptions& block, const std::vector<std::int64_t>& channels);
  Tensor forward(const Tensor& map);

 private:
  std::int64_t height_, width_;
  std::vector<CSPupBlock> blocks_;
  Convolution head_{nullptr};
};

/// Height and width of the coarsest map.
std::pair<std::int64_t, std::int64_t> coarsest_map(const PictureShape& shape, std::int64_t levels);

/// Throws Error naming the model unless latents are [N, size].
void require_latents(const Tensor& latents, std::int64_t size, std::string_view model);

}  // namespace cspgan::detail
