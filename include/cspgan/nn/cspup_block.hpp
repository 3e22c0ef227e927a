// The CSPup block: a cross-stage-partial block that doubles its feature map, with the variations of the reference
// systems (docs/references.md).
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
#include "cspgan/nn/upsampling.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The input of each path: half of the channels, or a 1x1 convolution of all channels to half their number, rounded up.
enum class Halves { split, projection };

/// How the two paths are joined: by their sum, or by a 1x1 convolution of their concatenation.
enum class Merge { sum, concatenation };

template <>
struct EnumNames<Halves> {
  static constexpr std::array names{std::pair{Halves::split, "split"}, std::pair{Halves::projection, "projection"}};
};

template <>
struct EnumNames<Merge> {
  static constexpr std::array names{std::pair{Merge::sum, "sum"}, std::pair{Merge::concatenation, "concatenation"}};
};

/// Options of a CSPupBlock. The defaults are the reference block (docs/references.md). In the options of a network, the
/// channels stay 0 because the network sets them.
struct CSPupOptions {
  std::int64_t in_channels = 0;  // must be even unless halves = projection
  std::int64_t out_channels = 0;
  Norm norm = Norm::none;  // after every convolution of both paths
  NormPlace norm_place = NormPlace::before_activation;
  Activation activation = Activation::relu;
  std::int64_t conv1_kernel = 1;  // 1 or 3
  Upsample upsample = Upsample::transposed_4;
  Halves halves = Halves::split;
  Merge merge = Merge::sum;
  std::int64_t padding = 1;  // of the transposed convolutions; 0 for the stem form, 1x1 -> 4x4
  bool bias = true;
  bool spectral_norm = false;  // of every convolution
  double noise_sigma = 0;      // before every convolution; 0 for none

  static void describe(auto&& self, auto&& field) {
    field("in_channels", self.in_channels, "channels of the input; 0: set by the network");
    field("out_channels", self.out_channels, "channels of the output; 0: set by the network");
    field("norm", self.norm, "normalization after every convolution");
    field("norm_place", self.norm_place, "whether the norm comes before or after the activation");
    field("activation", self.activation, "activation after the convolutions; not none");
    field("conv1_kernel", self.conv1_kernel, "kernel size of the first convolution of path B: 1 or 3");
    field("upsample", self.upsample,
          "how the feature map is doubled: transposed convolution of kernel 4, 2 or 3; nearest_convolution (nearest "
          "neighbor, then 3x3); nearest or bilinear without a convolution of its own");
    field("halves", self.halves,
          "input of the two paths: split gives each half of the channels, projection a 1x1 convolution of all");
    field("merge", self.merge, "how the two paths are joined: their sum, or a 1x1 convolution of both together");
    field("padding", self.padding,
          "padding of the transposed convolutions in pixels: 1, or 0 for a stem that turns 1x1 into 4x4");
    field("bias", self.bias, "add a bias after each convolution");
    field("spectral_norm", self.spectral_norm, "divide each weight by its largest singular value");
    field("noise_sigma", self.noise_sigma,
          "standard deviation of Gaussian noise added before each convolution while training, >= 0; 0: none");
  }

  /// Throws OptionError, naming the field, if a value is out of range. Accepts channels of 0, which the constructor of
  /// the block refuses with an OptionError.
  void validate() const;

  /// The same block as a stem: maps [N, in, 1, 1] to [N, out, 4, 4] by transposed convolutions with kernel 4, padding
  /// 0.
  CSPupOptions as_stem() const;

  friend bool operator==(const CSPupOptions&, const CSPupOptions&) = default;
};

/// Maps [N, in, H, W] to [N, out, 2H, 2W]; the stem form maps [N, in, 1, 1] to [N, out, 4, 4]. With h = in / 2, and in
/// the order of the reference block (docs/references.md), norm and noise left out:
///   A: upsample h -> out
///   B: conv1 h -> h, activation, upsample h -> out, conv 3x3 out -> out, activation, conv 3x3 out -> out
///   result: A + B, or conv 1x1 [A, B] -> out
/// Children: "a_up", "b_conv1", "b_up", "b_conv2", "b_conv3", and "a_projection", "b_projection", "merge".
class CSPupBlockImpl : public torch::nn::Cloneable<CSPupBlockImpl> {
 public:
  using Options = CSPupOptions;

  explicit CSPupBlockImpl(const CSPupOptions& options);

  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  CSPupOptions options;

 private:
  ConvolutionLayer convolution(std::int64_t in, std::int64_t out, std::int64_t kernel, Activation activation) const;
  Upsampling upsampling(std::int64_t in, std::int64_t out) const;

  ConvolutionLayer a_projection_{nullptr};
  Upsampling a_up_{nullptr};
  ConvolutionLayer b_projection_{nullptr};
  ConvolutionLayer b_conv1_{nullptr};
  Upsampling b_up_{nullptr};
  ConvolutionLayer b_conv2_{nullptr};
  ConvolutionLayer b_conv3_{nullptr};
  ConvolutionLayer merge_{nullptr};
};

/// Holder of a CSPupBlockImpl.
class CSPupBlock : public OptionsHolder<CSPupBlockImpl> {
 public:
  using OptionsHolder<CSPupBlockImpl>::OptionsHolder;
};

}  // namespace cspgan
