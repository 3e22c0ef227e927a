// Autoencoders: what does not fit through their bottleneck is not drawn again.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string_view>
#include <vector>

#include "cspgan/detection/reconstruction_model.hpp"
#include "cspgan/nn/convolution.hpp"
#include "cspgan/nn/cspup_block.hpp"
#include "cspgan/nn/downsampling_block.hpp"
#include "cspgan/nn/holder.hpp"

namespace [[gnu::visibility("default")]] cspgan {

class DenseAutoencoderImpl;
class ConvolutionalAutoencoderImpl;

namespace detail {
class LinearLayer;
class PictureEncoder;
class PictureDecoder;
}  // namespace detail

/// Options of a DenseAutoencoder.
struct DenseAutoencoderOptions {
  using Model = DenseAutoencoderImpl;
  static constexpr std::string_view name = "dense";
  static constexpr std::string_view summary = "linear layers on all pixels, ReLU between them, tanh at the end";
  PictureShape shape{};
  std::vector<std::int64_t> widths{512, 2, 512};

  static void describe(auto&& self, auto&& field) {
    field("shape", self.shape, "the pictures");
    field("widths", self.widths,
          "outputs of each layer but the last; the narrowest is the bottleneck: [512, 2, 512] has four layers, "
          "[512, 128, 32, 512] five");
  }
  /// Throws OptionError naming the value that is out of range.
  void validate() const;
  friend bool operator==(const DenseAutoencoderOptions&, const DenseAutoencoderOptions&) = default;
};

/// Flattens a picture, and draws it again from the few numbers of its narrowest layer (docs/references.md, systems D
/// and E). Children: "layer0", "layer1", ....
class DenseAutoencoderImpl : public ReconstructionModel {
 public:
  using Options = DenseAutoencoderOptions;
  explicit DenseAutoencoderImpl(Options given);

  void pretty_print(std::ostream& stream) const override;
  const PictureShape& shape() const override { return options.shape; }
  Value describe() const override { return named_value(options); }
  bool uses_classes() const override { return true; }
  Tensor reconstruct(const Tensor& pictures, const Tensor& classes) override;
  std::int64_t latent_size() const override;
  Tensor decode(const Tensor& latents, const Tensor& classes) override;

  Options options;

 private:
  /// Layers `first`, ... on rows; to the end, or up to the bottleneck.
  Tensor layers(Tensor rows, std::size_t first, std::size_t last) const;

  std::vector<std::shared_ptr<detail::LinearLayer>> layers_;
  std::size_t bottleneck_ = 0;  // the layer that ends in it
};

/// Options of the convolutional networks that take a picture apart and draw it. Pictures are extended by their border
/// to a multiple of 2^levels, and the reconstruction is cut.
struct PictureNetworkOptions {
  std::int64_t levels = 3;
  std::int64_t base_channels = 32;
  std::int64_t max_channels = 128;
  DownsamplingOptions down{.norm = Norm::group};
  CSPupOptions up{.norm = Norm::group, .activation = Activation::leaky_relu, .upsample = Upsample::nearest_convolution};

  static void describe(auto&& self, auto&& field) {
    field("levels", self.levels, "how often height and width are halved, from 1 to 8");
    field("base_channels", self.base_channels, "features of the finest map; each coarser one has twice as many");
    field("max_channels", self.max_channels, "upper limit on the features of a map");
    field("down", self.down, "options of the blocks of the encoder");
    field("up", self.up, "options of the CSPup blocks of the decoder");
  }
  /// Throws OptionError naming the value that is out of range.
  void validate() const;
  friend bool operator==(const PictureNetworkOptions&, const PictureNetworkOptions&) = default;
};

/// Options of a ConvolutionalAutoencoder.
struct ConvolutionalAutoencoderOptions {
  using Model = ConvolutionalAutoencoderImpl;
  static constexpr std::string_view name = "convolutional";
  static constexpr std::string_view summary = "halving blocks, a map of few channels, and CSPup blocks";
  PictureShape shape{};
  PictureNetworkOptions network{};
  std::int64_t latent_channels = 4;
  double erased = 0;
  std::int64_t hole = 6;

  static void describe(auto&& self, auto&& field) {
    field("shape", self.shape, "the pictures");
    field("network", self.network, "encoder and decoder");
    field("latent_channels", self.latent_channels, "channels of the coarsest map, which is the bottleneck, >= 1");
    field("erased", self.erased,
          "share of each picture that the model does not see while it is trained and has to make up, in [0, 1); 0: "
          "none");
    field("hole", self.hole, "side of the squares that are erased, in pixels, >= 1");
  }
  /// Throws OptionError naming the value that is out of range.
  void validate() const;
  friend bool operator==(const ConvolutionalAutoencoderOptions&, const ConvolutionalAutoencoderOptions&) = default;
};

/// Its bottleneck is a map [N, latent_channels, height / 2^levels, width / 2^levels], rounded up. Children: "encoder",
/// "narrow", "widen", "decoder".
class ConvolutionalAutoencoderImpl : public ReconstructionModel {
 public:
  using Options = ConvolutionalAutoencoderOptions;
  explicit ConvolutionalAutoencoderImpl(Options given);

  void pretty_print(std::ostream& stream) const override;
  const PictureShape& shape() const override { return options.shape; }
  Value describe() const override { return named_value(options); }
  Tensor reconstruct(const Tensor& pictures, const Tensor& classes) override;
  ModelLoss loss(const Tensor& pictures, const Tensor& classes, TensorRandom& random) override;
  std::int64_t latent_size() const override;
  Tensor decode(const Tensor& latents, const Tensor& classes) override;

  Options options;

 private:
  std::shared_ptr<detail::PictureEncoder> encoder_;
  Convolution narrow_{nullptr}, widen_{nullptr};
  std::shared_ptr<detail::PictureDecoder> decoder_;
};

class DenseAutoencoder : public OptionsHolder<DenseAutoencoderImpl> {
 public:
  using OptionsHolder<DenseAutoencoderImpl>::OptionsHolder;
};
class ConvolutionalAutoencoder : public OptionsHolder<ConvolutionalAutoencoderImpl> {
 public:
  using OptionsHolder<ConvolutionalAutoencoderImpl>::OptionsHolder;
};

}  // namespace cspgan
