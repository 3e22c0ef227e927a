// The ways in which the reference systems double a feature map (docs/references.md).
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

/// How height and width are doubled.
enum class Upsample {
  transposed_4,         // transposed convolution, kernel 4, stride 2, padding 1
  transposed_2,         // kernel 2, stride 2: no two kernels overlap
  transposed_3,         // kernel 3, stride 2, padding 1, output padding 1
  nearest_convolution,  // each pixel four times, then a 3x3 convolution: no checkerboard (Odena et al. 2016)
  nearest,              // each pixel four times; a 1x1 convolution before it if the channel counts differ
  bilinear              // bilinear, pixel centers kept; the 1x1 convolution as for nearest
};

template <>
struct EnumNames<Upsample> {
  static constexpr std::array names{std::pair{Upsample::transposed_4, "transposed_4"},
                                    std::pair{Upsample::transposed_2, "transposed_2"},
                                    std::pair{Upsample::transposed_3, "transposed_3"},
                                    std::pair{Upsample::nearest_convolution, "nearest_convolution"},
                                    std::pair{Upsample::nearest, "nearest"},
                                    std::pair{Upsample::bilinear, "bilinear"}};
};

/// Maps [N, C, H, W] to [N, C, 2H, 2W] by repeating each pixel four times, or bilinearly. Keeps the memory layout.
Tensor upsample_nearest(const Tensor& input);
Tensor upsample_bilinear(const Tensor& input);

namespace detail {
/// Bilinear doubling as on a GPU: its gradients, of any order, have the same bits each time. Those of LibTorch's own
/// are added up there by atomic operations, in any order.
Tensor repeatable_bilinear(const Tensor& input);
}  // namespace detail

/// Options of an Upsampling.
struct UpsamplingOptions {
  std::int64_t in_channels = 0;
  std::int64_t out_channels = 0;
  Upsample upsample = Upsample::transposed_4;
  std::int64_t padding = 1;  // of transposed_4; 0 maps 1x1 to 4x4
  Norm norm = Norm::none;    // after the convolution
  bool bias = true;
  bool spectral_norm = false;
  double noise_sigma = 0;  // before the convolution

  static void describe(auto&& self, auto&& field) {
    field("in_channels", self.in_channels, "channels of the input");
    field("out_channels", self.out_channels, "channels of the output");
    field("upsample", self.upsample,
          "how the feature map is doubled: transposed convolution of kernel 4, 2 or 3; nearest_convolution (nearest "
          "neighbor, then 3x3); nearest; bilinear");
    field("padding", self.padding, "padding of transposed_4 in pixels: 1, or 0 to turn 1x1 into 4x4");
    field("norm", self.norm, "normalization after the convolution");
    field("bias", self.bias, "add a bias after the convolution");
    field("spectral_norm", self.spectral_norm, "divide the weight by its largest singular value");
    field("noise_sigma", self.noise_sigma,
          "standard deviation of Gaussian noise added before the convolution while training, >= 0; 0: none");
  }
  /// False for nearest and bilinear with equal channel counts, which have no weights. Then norm, spectral_norm and
  /// noise_sigma do not apply.
  bool has_convolution() const;
  /// Throws OptionError, naming the option, if a value is out of range or does not apply.
  void validate() const;

  friend bool operator==(const UpsamplingOptions&, const UpsamplingOptions&) = default;
};

/// Maps [N, in, H, W] to [N, out, 2H, 2W]; with padding 0, [N, in, 1, 1] to [N, out, 4, 4]. Child: "layer".
class UpsamplingImpl : public torch::nn::Cloneable<UpsamplingImpl> {
 public:
  using Options = UpsamplingOptions;

  explicit UpsamplingImpl(const UpsamplingOptions& options);

  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  UpsamplingOptions options;

 private:
  ConvolutionLayer layer_{nullptr};  // null if has_convolution() is false
};

/// Holder of an UpsamplingImpl.
class Upsampling : public OptionsHolder<UpsamplingImpl> {
 public:
  using OptionsHolder<UpsamplingImpl>::OptionsHolder;
};

}  // namespace cspgan
