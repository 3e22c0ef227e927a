// The parts of every discriminator around its blocks: the stem before them, and the head, which makes the score.
#pragma once

#include <torch/nn/cloneable.h>

#include <array>
#include <cstdint>
#include <iosfwd>
#include <utility>

#include "cspgan/core/options.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/nn/convolution_layer.hpp"
#include "cspgan/nn/holder.hpp"
#include "cspgan/nn/kinds.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The layer before the first block.
enum class DiscriminatorStemKind {
  none,     // the first block sees the image
  strided,  // convolution 4/2/1 (kernel/stride/padding): halves (D2)
  full      // convolution 3x3 that keeps the size of the image
};

template <>
struct EnumNames<DiscriminatorStemKind> {
  static constexpr std::array names{std::pair{DiscriminatorStemKind::none, "none"},
                                    std::pair{DiscriminatorStemKind::strided, "strided"},
                                    std::pair{DiscriminatorStemKind::full, "full"}};
};

/// Options of the stem. validate() throws OptionError, naming the field, if a value is out of range.
struct DiscriminatorStemOptions {
  DiscriminatorStemKind kind = DiscriminatorStemKind::none;
  Activation activation = Activation::none;
  bool bias = true;
  bool spectral_norm = false;
  double noise_sigma = 0;  // of the noise added to the image; 0 for none

  static void describe(auto&& self, auto&& field) {
    field("kind", self.kind,
          "layer before the blocks: strided (kernel 4, stride 2) halves the image, full (3x3) keeps its size; none: "
          "the first block sees the image");
    field("activation", self.activation, "activation after the stem");
    field("bias", self.bias, "add a bias to each channel");
    field("spectral_norm", self.spectral_norm, "divide the weight by its largest singular value");
    field("noise_sigma", self.noise_sigma,
          "standard deviation of Gaussian noise added to the image while training, >= 0; 0: none");
  }
  void validate() const;

  friend bool operator==(const DiscriminatorStemOptions&, const DiscriminatorStemOptions&) = default;
};

/// Options of the head. validate() throws OptionError, naming the field, if a value is out of range.
struct DiscriminatorHeadOptions {
  std::int64_t size = 4;  // side of the last feature map in pixels, a power of two; the last convolution covers it
  Activation activation = Activation::none;  // after the last block
  /// Images per group of the minibatch standard deviation, which is followed by a 3x3 convolution and a LeakyReLU; 0
  /// for none. With it, a score depends on the other images of the group.
  std::int64_t minibatch_stddev = 0;
  bool bias = true;
  bool spectral_norm = false;
  double noise_sigma = 0;  // of the noise before the last convolution; 0 for none

  static void describe(auto&& self, auto&& field) {
    field("size", self.size,
          "width and height in pixels of the feature map that the score is made from: a power of two");
    field("activation", self.activation, "activation after the last block");
    field("minibatch_stddev", self.minibatch_stddev,
          "images per group of the minibatch standard deviation, >= 0; if it does not divide the batch, a size near it "
          "does; 0: none");
    field("bias", self.bias, "add a bias to each channel");
    field("spectral_norm", self.spectral_norm, "divide each weight by its largest singular value");
    field("noise_sigma", self.noise_sigma,
          "standard deviation of Gaussian noise added before the convolutions while training, >= 0; 0: none");
  }
  void validate() const;

  friend bool operator==(const DiscriminatorHeadOptions&, const DiscriminatorHeadOptions&) = default;
};

/// Makes the layer of a stem: [N, image_channels, H, W] to [N, channels, H', W']. The kind must not be `none`.
ConvolutionLayer make_discriminator_stem(const DiscriminatorStemOptions& options, std::int64_t image_channels,
                                         std::int64_t channels);

/// Maps [N, C, size, size] to scores [N], one logit per image. Children: "epilogue" (with minibatch standard
/// deviation), "score".
class DiscriminatorHeadImpl : public torch::nn::Cloneable<DiscriminatorHeadImpl> {
 public:
  DiscriminatorHeadImpl(const DiscriminatorHeadOptions& options, std::int64_t channels);

  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& features);

  DiscriminatorHeadOptions options;

 private:
  std::int64_t channels_;
  ConvolutionLayer epilogue_{nullptr};
  ConvolutionLayer score_{nullptr};
};
TORCH_MODULE(DiscriminatorHead);

}  // namespace cspgan
