// What stands before and after the blocks of every discriminator: the stem and the head, which makes the score.
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

enum class DiscriminatorStemKind {
  none,     // the first block sees the image
  strided,  // convolution 4/2/1: halves (R4-2)
  full      // convolution 3x3 at the image's size
};

template <>
struct EnumNames<DiscriminatorStemKind> {
  static constexpr std::array names{std::pair{DiscriminatorStemKind::none, "none"},
                                    std::pair{DiscriminatorStemKind::strided, "strided"},
                                    std::pair{DiscriminatorStemKind::full, "full"}};
};

struct DiscriminatorStemOptions {
  DiscriminatorStemKind kind = DiscriminatorStemKind::none;
  Activation activation = Activation::none;
  bool bias = true;
  bool spectral_norm = false;
  double noise_sigma = 0;  // of the noise on the image; 0 for none

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

struct DiscriminatorHeadOptions {
  std::int64_t size = 4;  // side of the last feature map, all of which the last convolution covers: a power of two
  Activation activation = Activation::none;  // of the last block's output
  /// Images in a group of minibatch standard deviation, followed by a 3x3 convolution and a LeakyReLU; 0 for none. A
  /// score then depends on the images beside it.
  std::int64_t minibatch_stddev = 0;
  bool bias = true;
  bool spectral_norm = false;
  double noise_sigma = 0;  // of the noise before the last convolution; 0 for none

  static void describe(auto&& self, auto&& field) {
    field("size", self.size,
          "width and height in pixels of the feature map that the score is made from: a power of two");
    field("activation", self.activation, "activation after the last block");
    field("minibatch_stddev", self.minibatch_stddev,
          "images per group of the minibatch standard deviation, >= 0; 0: none");
    field("bias", self.bias, "add a bias to each channel");
    field("spectral_norm", self.spectral_norm, "divide each weight by its largest singular value");
    field("noise_sigma", self.noise_sigma,
          "standard deviation of Gaussian noise added before the convolutions while training, >= 0; 0: none");
  }
  void validate() const;

  friend bool operator==(const DiscriminatorHeadOptions&, const DiscriminatorHeadOptions&) = default;
};

/// The layer of a stem; not for the kind `none`.
ConvolutionLayer make_discriminator_stem(const DiscriminatorStemOptions& options, std::int64_t image_channels,
                                         std::int64_t channels);

/// [N, C, size, size] -> scores [N]: logits. Children: "epilogue" (with minibatch standard deviation), "score".
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
