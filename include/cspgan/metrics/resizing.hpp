// How images are resized to the size at which a feature network was trained. Metrics depend on it (Parmar et al. 2022).
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

/// Resizing conventions, named after the programs that use them. All but `none` give 299 x 299 pixels.
enum class Resizing {
  none,        // StyleGAN's: the network gets the images as they are and resizes them itself
  clean_fid,   // clean-fid's: bicubic, antialiased, each channel in float32, as Pillow does, clamped to [0, 255]
  pytorch_fid  // pytorch-fid's: bilinear, not antialiased, in float32
};
template <>
struct EnumNames<Resizing> {
  static constexpr std::array<std::pair<Resizing, std::string_view>, 3> names{
      {{Resizing::none, "none"}, {Resizing::clean_fid, "clean-fid"}, {Resizing::pytorch_fid, "pytorch-fid"}}};
};

/// Resizes images, uint8 [N, 3, H, W], to float32 [N, 3, 299, 299] in [0, 255]; for `none`, returns them as they are.
/// Throws Error naming any other shape or type.
Tensor resize_for_features(const Tensor& images, Resizing resizing);

}  // namespace cspgan
