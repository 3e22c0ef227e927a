// Differentiable augmentation in few passes over the images: one mean, one multiply-add for all of color, one look-up
// for the translation, one product for what is uncovered or cut out.
#include "cspgan/policies/differentiable_augmentation.hpp"

#include <ATen/ops/addcmul.h>
#include <ATen/ops/arange.h>

#include <cmath>

#include "policies/checks.hpp"
#include "cspgan/core/range.hpp"

namespace cspgan {
namespace {

/// Random numbers for a batch of images, one an image; 0 for those images that `chosen` leaves alone.
struct Draw {
  StepContext& step;
  std::int64_t count;
  at::ScalarType type;
  Tensor chosen;  // [N, 1, 1, 1] of 0 and 1, or undefined for all

  /// Uniform in [-strength, strength], [N, 1, 1, 1].
  Tensor around_zero(double strength) const {
    const Tensor drawn = step.random.uniform({count, 1, 1, 1}, {-strength, strength}, type);
    return chosen.defined() ? drawn.mul(chosen) : drawn;
  }
  /// Integers in [low, high], [N, 1].
  Tensor integers(std::int64_t low, std::int64_t high) const { return step.random.integers({count, 1}, low, high + 1); }
};

/// With b, s and c the draws of the three, and m = mean of a pixel, M of an image: applied one after the other they
/// come to c s x + c (1 - s) m + (1 - c) M + b, since saturation keeps m and M, and contrast keeps M.
Tensor with_color(const Tensor& images, const DifferentiableAugmentation& options, const Draw& draw) {
  Tensor result = images;
  if (options.saturation > 0 || options.contrast > 0) {
    const Tensor pixel_mean = images.mean({1}, /*keepdim=*/true);
    const Tensor image_mean = pixel_mean.mean({2, 3}, /*keepdim=*/true);
    const Tensor saturation = draw.around_zero(options.saturation).add(1);
    const Tensor contrast = draw.around_zero(options.contrast).add(1);
    const Tensor scale = contrast.mul(saturation);
    Tensor rest = contrast.sub(scale).mul(pixel_mean).sub(contrast.sub(1).mul(image_mean));
    if (options.brightness > 0) rest = rest.add(draw.around_zero(options.brightness));
    result = at::addcmul(rest, images, scale);
  } else if (options.brightness > 0) {
    result = images.add(draw.around_zero(options.brightness));
  }
  return result;
}

/// The row or column that each place of the result comes from, [N, size], and whether it lies in the image.
struct Source {
  Tensor index;   // int64, clamped into the image
  Tensor inside;  // bool
};

Source source_of(std::int64_t size, const Tensor& shift) {
  const Tensor index = at::arange(size, shift.options()).sub(shift);
  return {index.clamp(0, size - 1), index.ge(0).logical_and(index.lt(size))};
}

/// Bool [N, size]: the places of one axis that the rectangle covers.
Tensor covered(std::int64_t size, double share, const Draw& draw) {
  const std::int64_t side = std::llround(static_cast<double>(size) * share);
  const Tensor start = draw.integers(0, size - side % 2).sub(side / 2);
  const Tensor place = at::arange(size, start.options());
  return place.ge(start).logical_and(place.lt(start.add(side)));
}

/// result[n, :, h, w] = images[n, :, rows[n, h], columns[n, w]], in the memory format of the images. Under
/// channels_last a pixel is three numbers side by side, and to take them as rows of a matrix costs less than a gather.
Tensor moved(const Tensor& images, const Tensor& rows, const Tensor& columns) {
  const std::int64_t count = images.size(0), channels = images.size(1), height = images.size(2), width = images.size(3);
  const auto pixel = [&](const Tensor& starts) { return starts.unsqueeze(2).add(columns.unsqueeze(1)); };  // [N, H, W]
  const Tensor starts = rows.mul(width);
  if (images.is_contiguous(at::MemoryFormat::ChannelsLast) && !images.is_contiguous()) {
    const Tensor first = at::arange(count, starts.options()).mul(height * width).unsqueeze(1);
    return images.permute({0, 2, 3, 1})
        .view({count * height * width, channels})
        .index_select(0, pixel(starts.add(first)).flatten())
        .view({count, height, width, channels})
        .permute({0, 3, 1, 2});
  }
  const Tensor flat = pixel(starts).view({count, 1, height * width});
  return images.flatten(2).gather(2, flat.expand({count, channels, height * width})).view(images.sizes());
}

/// Rows [N, H] and columns [N, W] to pixels [N, 1, H, W], where both hold.
Tensor both(const Tensor& rows, const Tensor& columns) {
  return rows.unsqueeze(2).logical_and(columns.unsqueeze(1)).unsqueeze(1);
}

}  // namespace

Tensor DifferentiableAugmentation::edit_images(Tensor images, StepContext& step) const {
  if (images.dim() != 4)
    throw Error(fmt::format("{}: images must be [N, C, H, W], but are {}", name, detail::shape(images)));
  if (!active(step)) return images;
  const std::int64_t count = images.size(0), height = images.size(2), width = images.size(3);
  Draw draw{step, count, images.scalar_type(), {}};
  if (probability < 1) draw.chosen = step.random.bernoulli({count, 1, 1, 1}, probability, images.scalar_type());

  Tensor result = with_color(images, *this, draw);
  Tensor kept;  // bool [N, 1, H, W]: what is neither uncovered by the shift nor cut out
  if (translation > 0) {
    const auto shift_along = [&](std::int64_t size) {
      const std::int64_t most = std::llround(static_cast<double>(size) * translation);
      const Tensor shift = draw.integers(-most, most);
      return draw.chosen.defined() ? shift.mul(draw.chosen.view({count, 1}).to(at::kLong)) : shift;
    };
    const Source row = source_of(height, shift_along(height));
    const Source column = source_of(width, shift_along(width));
    result = moved(result, row.index, column.index);
    kept = both(row.inside, column.inside);
  }
  if (cutout > 0) {
    const Tensor rows = covered(height, cutout, draw);  // first: arguments are evaluated in any order
    Tensor cut = both(rows, covered(width, cutout, draw));
    if (draw.chosen.defined()) cut = cut.logical_and(draw.chosen.to(at::kBool));
    kept = kept.defined() ? kept.logical_and(cut.logical_not()) : cut.logical_not();
  }
  return kept.defined() ? result.mul(kept.to(result.scalar_type())) : result;
}

void DifferentiableAugmentation::validate() const {
  require_within(brightness, {0, 1}, "differentiable_augmentation: brightness");
  require_within(saturation, {0, 1}, "differentiable_augmentation: saturation");
  require_within(contrast, {0, 1}, "differentiable_augmentation: contrast");
  require_within(translation, {0, 1}, "differentiable_augmentation: translation");
  require_within(cutout, {0, 1}, "differentiable_augmentation: cutout");
  require_within(probability, {0, 1}, "differentiable_augmentation: probability");
  detail::require_positive(until_kimg, name, "until_kimg");
}

}  // namespace cspgan
