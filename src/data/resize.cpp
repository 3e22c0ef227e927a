// Crop and antialiased resize.
#include "cspgan/data/resize.hpp"

#include <ATen/ops/_upsample_bilinear2d_aa.h>
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/shapes.hpp"

namespace cspgan {

namespace {

void require_image(const Tensor& image, std::string_view function) {
  if (!image.defined() || image.dim() != 3 || image.size(0) != 3 || image.size(1) < 1 || image.size(2) < 1 ||
      image.scalar_type() != at::kByte)
    throw Error(fmt::format("{}: expected an image, uint8 [3, H, W], found {}", function, describe_tensor(image)));
}

}  // namespace

Tensor center_crop_square(const Tensor& image) {
  require_image(image, "center_crop_square");
  const std::int64_t side = std::min(image.size(1), image.size(2));
  // torchvision rounds half to even.
  const auto margin = [&](std::int64_t length) {
    const std::int64_t twice = length - side;
    return twice / 2 + (twice % 4 == 3 ? 1 : 0);
  };
  return image.narrow(1, margin(image.size(1)), side).narrow(2, margin(image.size(2)), side);
}

Tensor resize(const Tensor& image, std::int64_t size) { return resize(image, size, size); }

Tensor resize(const Tensor& image, std::int64_t height, std::int64_t width) {
  require_image(image, "resize");
  for (const std::int64_t side : {height, width})  // LibTorch's kernel for uint8 fails at size 1
    detail::require_at_least(side, 2, "resize: the size");
  if (image.size(1) == height && image.size(2) == width) return image.contiguous();
  return at::_upsample_bilinear2d_aa(image.unsqueeze(0).contiguous(), {{height, width}}, /*align_corners=*/false,
                                     std::nullopt, std::nullopt)
      .squeeze(0)
      .contiguous();
}

}  // namespace cspgan
