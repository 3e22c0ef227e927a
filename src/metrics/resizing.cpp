// Resizing conventions.
#include "cspgan/metrics/resizing.hpp"

#include <ATen/ops/_upsample_bicubic2d_aa.h>
#include <ATen/ops/upsample_bilinear2d.h>

#include <optional>

#include "cspgan/core/error.hpp"
#include "cspgan/core/shapes.hpp"

namespace cspgan {

Tensor resize_for_features(const Tensor& images, Resizing resizing) {
  if (!images.defined() || images.dim() != 4 || images.size(1) != 3 || images.numel() == 0 ||
      images.scalar_type() != at::kByte)
    throw Error("images for features must be uint8 [N, 3, H, W], not " + describe_tensor(images));
  switch (resizing) {
    case Resizing::none:
      return images.contiguous();
    case Resizing::clean_fid:
      // In float64, since Pillow's weights are: in float32 they are off by 4e-3 of a level.
      return at::_upsample_bicubic2d_aa(images.to(at::kDouble).contiguous(), {{inception_size, inception_size}},
                                        /*align_corners=*/false, std::nullopt, std::nullopt)
          .clamp_(0, 255)
          .to(at::kFloat);
    case Resizing::pytorch_fid:
      return at::upsample_bilinear2d(images.to(at::kFloat).contiguous(), {{inception_size, inception_size}},
                                     /*align_corners=*/false, std::nullopt, std::nullopt);
  }
  throw OptionError("there is no such resizing");
}

}  // namespace cspgan
