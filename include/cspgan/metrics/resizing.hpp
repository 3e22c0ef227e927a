// How images are brought to the size that a feature network was trained at: metrics depend on it (Parmar et al. 2022).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "cspgan/core/options.hpp"
#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The side of the images that the Inception network of the FID takes, in pixels.
inline constexpr std::int64_t inception_size = 299;

/// Conventions, named by the programs that have them; all but `none` give 299 x 299 pixels.
enum class Resizing {
  none,        // StyleGAN's: the network is given the images as they are and resizes inside
  clean_fid,   // clean-fid's: bicubic, antialiased, each channel in float32, as Pillow does, clamped to [0, 255]
  pytorch_fid  // pytorch-fid's: bilinear, not antialiased, in float32
};
template <>
struct EnumNames<Resizing> {
  static constexpr std::array<std::pair<Resizing, std::string_view>, 3> names{
      {{Resizing::none, "none"}, {Resizing::clean_fid, "clean-fid"}, {Resizing::pytorch_fid, "pytorch-fid"}}};
};

/// uint8 [N, 3, H, W], as it is for `none`, else float32 [N, 3, 299, 299] in [0, 255]. Throws Error naming another
/// shape or type.
Tensor resize_for_features(const Tensor& images, Resizing resizing);

}  // namespace cspgan
