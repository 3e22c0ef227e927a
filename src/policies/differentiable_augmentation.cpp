// Differentiable augmentation in few passes over the images: one mean, one multiply-add for all of color, one look-up
// and one product for the translation, one product for what is cut out.
#include "cspgan/policies/differentiable_augmentation.hpp"

#include <ATen/ops/addcmul.h>
#include <ATen/ops/arange.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>

#include "core/checks.hpp"
#include "cspgan/core/range.hpp"
#include "cspgan/core/shapes.hpp"

namespace cspgan {
namespace {

/// Random numbers for a batch of images, one per image; 0 for images that are not `chosen`.
struct Draw {
  StepContext& step;
  std::int64_t count;
  at::ScalarType type;
  Tensor chosen;  // 0 or 1, [N, 1, 1, 1]; undefined: all images

  /// Uniform in [-strength, strength], [N, 1, 1, 1].
  Tensor around_zero(double strength) const {
    const Tensor drawn = step.random.uniform({count, 1, 1, 1}, {-strength, strength}, type);
    return chosen.defined() ? drawn.mul(chosen) : drawn;
  }
  /// Integers in [low, high], [N, 1].
  Tensor integers(std::int64_t low, std::int64_t high) const { return step.random.integers({count, 1}, low, high + 1); }
};

/// With b, s and c the random values of the three, m the mean of a pixel and M that of the image, all three in a row
/// give c s x + c (1 - s) m + (1 - c) M + b, since saturation keeps m and M, and contrast keeps M.
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

/// The source row or column of each position of the result, [N, size], and whether it lies inside the image.
struct Source {
  Tensor index;   // int64, clamped into the image
  Tensor inside;  // bool
};

Source source_of(std::int64_t size, const Tensor& shift) {
  const Tensor index = at::arange(size, shift.options()).sub(shift);
  return {index.clamp(0, size - 1), index.ge(0).logical_and(index.lt(size))};
}

/// Bool [N, size]: the positions along one axis that the rectangle covers.
Tensor covered(std::int64_t size, double share, const Draw& draw) {
  const std::int64_t side = std::llround(static_cast<double>(size) * share);
  const Tensor start = draw.integers(0, size - side % 2).sub(side / 2);
  const Tensor place = at::arange(size, start.options());
  return place.ge(start).logical_and(place.lt(start.add(side)));
}

/// Combines rows [N, H] and columns [N, W] into pixels [N, 1, H, W] by logical and.
Tensor both(const Tensor& rows, const Tensor& columns) {
  return rows.unsqueeze(2).logical_and(columns.unsqueeze(1)).unsqueeze(1);
}

/// result[n, :, h, w] = images[n, :, rows[n, h], columns[n, w]], in the memory format of the images. Under
/// channels_last a pixel is three adjacent numbers, and selecting them as rows of a matrix costs less than a gather.
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

/// Each image shifted down and to the right by its numbers [N, 1], with zeros where nothing comes from.
Tensor translated(const Tensor& images, const Tensor& down, const Tensor& right) {
  const Source row = source_of(images.size(2), down), column = source_of(images.size(3), right);
  return moved(images, row.index, column.index).mul(both(row.inside, column.inside).to(images.scalar_type()));
}

/// The gradient of a shift is the shift back. LibTorch would add up the gradients of the selected pixels one by one.
struct Translation : torch::autograd::Function<Translation> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& images, const Tensor& down,
                        const Tensor& right) {
    context->saved_data["down"] = down;
    context->saved_data["right"] = right;
    return translated(images, down, right);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const Tensor up = context->saved_data["down"].toTensor().neg(),
                 left = context->saved_data["right"].toTensor().neg();
    return {Translation::apply(gradients[0], up, left), Tensor(), Tensor()};
  }
};

}  // namespace

Tensor DifferentiableAugmentation::edit_images(Tensor images, StepContext& step) const {
  if (images.dim() != 4)
    throw Error(fmt::format("{}: images must be [N, C, H, W], but are {}", name, shape_text(images)));
  if (!active(step)) return images;
  const std::int64_t count = images.size(0), height = images.size(2), width = images.size(3);
  Draw draw{step, count, images.scalar_type(), {}};
  if (target) {
    if (!adaptive.value().defined()) return images;
    draw.chosen = step.random.uniform({count, 1, 1, 1}).lt(adaptive.value()).to(images.scalar_type());
  } else if (probability < 1) {
    draw.chosen = step.random.bernoulli({count, 1, 1, 1}, probability, images.scalar_type());
  }

  Tensor result = with_color(images, *this, draw);
  if (translation > 0) {
    const auto shift_along = [&](std::int64_t size) {
      const std::int64_t most = std::llround(static_cast<double>(size) * translation);
      const Tensor shift = draw.integers(-most, most);
      return draw.chosen.defined() ? shift.mul(draw.chosen.view({count, 1}).to(at::kLong)) : shift;
    };
    const Tensor down = shift_along(height);  // not as an argument: arguments are evaluated in any order
    result = Translation::apply(result, down, shift_along(width));
  }
  if (cutout > 0) {
    const Tensor rows = covered(height, cutout, draw);
    Tensor cut = both(rows, covered(width, cutout, draw));
    if (draw.chosen.defined()) cut = cut.logical_and(draw.chosen.to(at::kBool));
    result = result.mul(cut.logical_not().to(result.scalar_type()));
  }
  return result;
}

void DifferentiableAugmentation::validate() const {
  require_within(brightness, {0, 1}, "differentiable_augmentation: brightness");
  require_within(saturation, {0, 1}, "differentiable_augmentation: saturation");
  require_within(contrast, {0, 1}, "differentiable_augmentation: contrast");
  require_within(translation, {0, 1}, "differentiable_augmentation: translation");
  require_within(cutout, {0, 1}, "differentiable_augmentation: cutout");
  require_within(probability, {0, 1}, "differentiable_augmentation: probability");
  if (until_kimg) detail::require_positive(*until_kimg, "differentiable_augmentation: until_kimg");
  if (target) require_within(*target, {-1, 1}, "differentiable_augmentation: target");
  detail::require_positive(ramp_kimg, "differentiable_augmentation: ramp_kimg");
}

}  // namespace cspgan
