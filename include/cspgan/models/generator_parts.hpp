// The parts of every generator around its blocks: the stem, which makes the first feature map from a latent, and the
// head, which makes an image from the last feature map.
#pragma once

#include <torch/nn/cloneable.h>

#include <array>
#include <cstdint>
#include <iosfwd>
#include <utility>

#include "cspgan/core/options.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/nn/convolution.hpp"
#include "cspgan/nn/convolution_layer.hpp"
#include "cspgan/nn/gaussian_noise.hpp"
#include "cspgan/nn/holder.hpp"
#include "cspgan/nn/kinds.hpp"
#include "cspgan/nn/normalization.hpp"
#include "cspgan/nn/preparable.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The layer that makes the first feature map.
enum class StemKind {
  transposed_4,  // transposed convolution, kernel 4: 1x1 -> 4x4
  linear,        // a linear layer to C x 4 x 4
  transposed_2,  // transposed convolution, kernel 2: 1x1 -> 2x2 (system B)
  block          // the block in its stem form, if it has one (system D): 1x1 -> 4x4
};

/// The layer that makes the image. "4/2/1" is kernel/stride/padding.
enum class HeadKind {
  transposed,           // transposed convolution 4/2/1: doubles
  nearest_convolution,  // each pixel four times, then 3x3: doubles
  convolution_3,        // 3x3
  convolution_1,        // 1x1
  none                  // the last block makes the image (system D)
};

/// The last function of the generator.
enum class OutputActivation { tanh, relu, sigmoid, none };

template <>
struct EnumNames<StemKind> {
  static constexpr std::array names{
      std::pair{StemKind::transposed_4, "transposed_4"}, std::pair{StemKind::linear, "linear"},
      std::pair{StemKind::transposed_2, "transposed_2"}, std::pair{StemKind::block, "block"}};
};

template <>
struct EnumNames<HeadKind> {
  static constexpr std::array names{
      std::pair{HeadKind::transposed, "transposed"}, std::pair{HeadKind::nearest_convolution, "nearest_convolution"},
      std::pair{HeadKind::convolution_3, "convolution_3"}, std::pair{HeadKind::convolution_1, "convolution_1"},
      std::pair{HeadKind::none, "none"}};
};

template <>
struct EnumNames<OutputActivation> {
  static constexpr std::array names{
      std::pair{OutputActivation::tanh, "tanh"}, std::pair{OutputActivation::relu, "relu"},
      std::pair{OutputActivation::sigmoid, "sigmoid"}, std::pair{OutputActivation::none, "none"}};
};

/// Options of the stem. If the kind is `block`, the other fields are unused: the options of the block apply instead.
/// validate() throws OptionError, naming the field, if a value is out of range.
struct GeneratorStemOptions {
  StemKind kind = StemKind::transposed_4;
  Norm norm = Norm::none;
  NormPlace norm_place = NormPlace::before_activation;
  Activation activation = Activation::none;
  bool bias = true;
  bool spectral_norm = false;
  double noise_sigma = 0;  // of the noise added to the latent; 0 for none

  static void describe(auto&& self, auto&& field) {
    field("kind", self.kind,
          "layer that turns the latent into the first feature map: transposed_4, linear and block give 4x4 pixels, "
          "transposed_2 gives 2x2");
    field("norm", self.norm, "normalization of the first feature map");
    field("norm_place", self.norm_place, "whether the norm comes before or after the activation");
    field("activation", self.activation, "activation of the first feature map");
    field("bias", self.bias, "add a bias to each channel");
    field("spectral_norm", self.spectral_norm, "divide the weight by its largest singular value");
    field("noise_sigma", self.noise_sigma,
          "standard deviation of Gaussian noise added to the latent while training, >= 0; 0: none");
  }
  void validate() const;

  /// The side of the first feature map in pixels: 2 or 4.
  std::int64_t size() const { return kind == StemKind::transposed_2 ? 2 : 4; }

  friend bool operator==(const GeneratorStemOptions&, const GeneratorStemOptions&) = default;
};

/// Options of the head. `norm` and `activation` come before the convolution. validate() throws OptionError, naming the
/// field, if a value is out of range.
struct GeneratorHeadOptions {
  HeadKind kind = HeadKind::transposed;
  Norm norm = Norm::none;
  Activation activation = Activation::none;
  OutputActivation output = OutputActivation::tanh;
  /// Shifts the output to the scale of images in [-1, 1], black to white: a sigmoid output s becomes 2 s - 1, and a
  /// relu output r becomes r - 1, which lies in [-1, inf). False keeps [0, 1] and [0, inf). No effect on tanh and none.
  bool centered = true;
  bool bias = true;
  bool spectral_norm = false;
  double noise_sigma = 0;  // of the noise before the convolution; 0 for none

  static void describe(auto&& self, auto&& field) {
    field("kind", self.kind,
          "layer that makes the image: transposed and nearest_convolution double its size, convolution_3 (3x3) and "
          "convolution_1 (1x1) keep it; none: the last block makes the image");
    field("norm", self.norm, "normalization before the convolution");
    field("activation", self.activation, "activation before the convolution");
    field("output", self.output, "last function of the generator, which sets the range of the pixel values");
    field("centered", self.centered,
          "shift sigmoid's [0, 1] to [-1, 1] and relu's [0, inf) to [-1, inf); no effect on the others");
    field("bias", self.bias, "add a bias to each channel");
    field("spectral_norm", self.spectral_norm, "divide the weight by its largest singular value");
    field("noise_sigma", self.noise_sigma,
          "standard deviation of Gaussian noise added before the convolution while training, >= 0; 0: none");
  }
  void validate() const;

  /// Whether the head doubles the height and width.
  bool doubles() const { return kind == HeadKind::transposed || kind == HeadKind::nearest_convolution; }

  friend bool operator==(const GeneratorHeadOptions&, const GeneratorHeadOptions&) = default;
};

/// Maps latents [N, Z] to [N, C, s, s] with s = options.size(). The kind must not be `block`. Children: "convolution",
/// "norm", "noise". The convolution of a linear stem is 1x1 to C s s channels, in the order (channel, row, column).
class GeneratorStemImpl : public torch::nn::Cloneable<GeneratorStemImpl>, public Preparable {
 public:
  GeneratorStemImpl(const GeneratorStemOptions& options, std::int64_t latent_size, std::int64_t channels);

  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& latents);

  /// Folds the norm into the convolution if that is exact, as ConvolutionLayerImpl does.
  void prepare_for_inference() override;

  GeneratorStemOptions options;

 private:
  std::int64_t latent_size_;
  std::int64_t channels_;
  GaussianNoise noise_{nullptr};
  Convolution convolution_{nullptr};
  Normalization norm_{nullptr};
};
TORCH_MODULE(GeneratorStem);

/// Maps [N, C, H, W] to images [N, image_channels, H, W], or [N, image_channels, 2H, 2W] if options.doubles().
/// Children: "norm", "layer".
class GeneratorHeadImpl : public torch::nn::Cloneable<GeneratorHeadImpl> {
 public:
  GeneratorHeadImpl(const GeneratorHeadOptions& options, std::int64_t channels, std::int64_t image_channels);

  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& features);

  GeneratorHeadOptions options;

 private:
  std::int64_t channels_;
  std::int64_t image_channels_;
  Normalization norm_{nullptr};
  ConvolutionLayer layer_{nullptr};
};
TORCH_MODULE(GeneratorHead);

}  // namespace cspgan
