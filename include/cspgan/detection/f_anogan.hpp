// f-AnoGAN: a trained GAN as the model of good pictures, and an encoder that finds a picture's latent at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>

#include "cspgan/detection/autoencoders.hpp"
#include "cspgan/models/checkpoint.hpp"
#include "cspgan/models/discriminator.hpp"
#include "cspgan/models/generator.hpp"

namespace [[gnu::visibility("default")]] cspgan {

class FAnoGanImpl;

/// Options of an FAnoGan.
struct FAnoGanOptions {
  using Model = FAnoGanImpl;
  static constexpr std::string_view name = "f_anogan";
  static constexpr std::string_view summary =
      "an encoder trained against the generator and the discriminator of a GAN (Schlegl et al. 2019)";
  PictureShape shape{};
  std::int64_t base_channels = 32;
  std::int64_t max_channels = 256;
  double feature_weight = 1;
  DownsamplingOptions down{.norm = Norm::group};
  GeneratorOptions generator{};
  DiscriminatorOptions discriminator{};

  static void describe(auto&& self, auto&& field) {
    field("shape", self.shape, "the pictures");
    field("base_channels", self.base_channels,
          "features of the encoder's finest map; each coarser one has twice as many");
    field("max_channels", self.max_channels, "upper limit on the features of a map of the encoder");
    field("feature_weight", self.feature_weight,
          "weight of the mean squared difference of the discriminator's features, >= 0, in loss and score");
    field("down", self.down, "options of the encoder's blocks");
    field("generator", self.generator, "the GAN's generator");
    field("discriminator", self.discriminator, "the GAN's discriminator");
  }
  /// Throws OptionError naming the value that is out of range.
  void validate() const;
  friend bool operator==(const FAnoGanOptions&, const FAnoGanOptions&) = default;
};

/// The networks of a GAN that a training program has saved, as options of an FAnoGan for such pictures. Throws Error
/// naming the file if it holds no GAN, or one with other blocks.
FAnoGanOptions f_anogan_options(const Checkpoint& gan);

/// Finds latents by an encoder; the generator and the discriminator do not change. Loss and score are those of the
/// paper's izi_f: the mean squared error of pixels plus feature_weight times that of the discriminator's last features
/// (Schlegl et al. 2019, eq. 4 and 6). A picture that is not square is extended by black to a square, and all are
/// resized to the GAN's size; the reconstruction goes the way back. Children: "encoder", "to_latent",
/// "generator", "discriminator".
class FAnoGanImpl : public ReconstructionModel {
 public:
  using Options = FAnoGanOptions;
  explicit FAnoGanImpl(Options given);

  void pretty_print(std::ostream& stream) const override;
  const PictureShape& shape() const override { return options.shape; }
  Value describe() const override { return named_value(options); }
  Tensor reconstruct(const Tensor& pictures, const Tensor& classes) override;
  ModelLoss loss(const Tensor& pictures, const Tensor& classes, TensorRandom& random) override;
  std::string further_score_text() const override;
  Tensor further_score(const Tensor& pictures, const Tensor& reconstructions) override;
  std::int64_t latent_size() const override { return options.generator.latent_size; }
  Tensor decode(const Tensor& latents, const Tensor& classes) override;
  /// The GAN stays in evaluation mode.
  void train(bool on = true) override;

  /// Takes the weights of the GAN: the generator's EMA, and the discriminator's. Throws Error naming the tensor
  /// that does not fit.
  void take_gan(const Checkpoint& gan);

  Options options;

 private:
  Tensor to_gan(const Tensor& pictures) const;
  Tensor from_gan(const Tensor& images) const;
  Tensor encode(const Tensor& images);

  std::shared_ptr<detail::PictureEncoder> encoder_;
  Convolution to_latent_{nullptr};
  Generator generator_{nullptr};
  Discriminator discriminator_{nullptr};
};

class FAnoGan : public OptionsHolder<FAnoGanImpl> {
 public:
  using OptionsHolder<FAnoGanImpl>::OptionsHolder;
};

}  // namespace cspgan
