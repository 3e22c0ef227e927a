// A variational autoencoder, conditional on classes if there are any.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string_view>
#include <utility>

#include "cspgan/detection/autoencoders.hpp"

namespace [[gnu::visibility("default")]] cspgan {

class VariationalAutoencoderImpl;

/// Options of a VariationalAutoencoder.
struct VariationalAutoencoderOptions {
  using Model = VariationalAutoencoderImpl;
  static constexpr std::string_view name = "variational";
  static constexpr std::string_view summary =
      "a convolutional variational autoencoder; conditional on classes if the pictures have any";
  PictureShape shape{};
  PictureNetworkOptions network{};
  std::int64_t latent_size = 16;
  double deviation = 0.1;

  static void describe(auto&& self, auto&& field) {
    field("shape", self.shape, "the pictures");
    field("network", self.network, "encoder and decoder");
    field("latent_size", self.latent_size, "numbers in a latent, >= 1");
    field("deviation", self.deviation,
          "standard deviation of a pixel around the reconstruction, of values in [-1, 1], > 0: the smaller, the less "
          "the latents' distribution counts");
  }
  /// Throws OptionError naming the value that is out of range.
  void validate() const;
  friend bool operator==(const VariationalAutoencoderOptions&, const VariationalAutoencoderOptions&) = default;
};

/// The Kullback-Leibler divergence of normal distributions with these means and logarithms of variances, [N, Z], from
/// the standard one, float32 [N] (Kingma & Welling 2014, appendix B).
Tensor divergence_from_standard(const Tensor& mean, const Tensor& log_variance);

/// Its loss is the negative evidence lower bound (Kingma & Welling 2014, eq. 10, one sample) in nats per number of a
/// picture, without the constant: squared error / (2 deviation^2) + divergence. It reconstructs from the mean of the
/// latents' distribution. Classes join the encoder's last features and the latents (Sohn et al. 2015). Children:
/// "encoder", "mean", "log_variance", "decoder_input", "decoder".
class VariationalAutoencoderImpl : public ReconstructionModel {
 public:
  using Options = VariationalAutoencoderOptions;
  explicit VariationalAutoencoderImpl(Options given);

  void pretty_print(std::ostream& stream) const override;
  const PictureShape& shape() const override { return options.shape; }
  Value describe() const override { return named_value(options); }
  bool uses_classes() const override { return true; }
  Tensor reconstruct(const Tensor& pictures, const Tensor& classes) override;
  ModelLoss loss(const Tensor& pictures, const Tensor& classes, TensorRandom& random) override;
  std::int64_t latent_size() const override { return options.latent_size; }
  Tensor decode(const Tensor& latents, const Tensor& classes) override;

  /// Of the latents that pictures may stand for: mean and logarithm of the variance, both [N, latent_size].
  std::pair<Tensor, Tensor> encode(const Tensor& pictures, const Tensor& classes);

  Options options;

 private:
  std::shared_ptr<detail::PictureEncoder> encoder_;
  std::shared_ptr<detail::LinearLayer> mean_, log_variance_, decoder_input_;
  std::shared_ptr<detail::PictureDecoder> decoder_;
};

class VariationalAutoencoder : public OptionsHolder<VariationalAutoencoderImpl> {
 public:
  using OptionsHolder<VariationalAutoencoderImpl>::OptionsHolder;
};

}  // namespace cspgan
