// Counts of values, pixel by pixel.
#include "cspgan/density/pixel_histogram.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/searchsorted.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/core/shapes.hpp"

namespace cspgan {

namespace {

constexpr std::int64_t levels = 256;
constexpr std::int64_t most_numbers = std::int64_t{1} << 22;

}  // namespace

PixelHistogram::PixelHistogram(std::int64_t channels, std::int64_t height, std::int64_t width, double smoothing)
    : channels_(channels), height_(height), width_(width), smoothing_(smoothing) {
  detail::require_from_to(channels, 1, 1024, "pixel histogram: channels");
  detail::require_from_to(height, 1, 1 << 14, "pixel histogram: height");
  detail::require_from_to(width, 1, 1 << 14, "pixel histogram: width");
  if (channels * height * width > most_numbers)
    throw OptionError(fmt::format("pixel histogram: an image has {} numbers, and at most {} have room",
                                  channels * height * width, most_numbers));
  if (!(smoothing >= 0 && smoothing <= 1e12))
    throw OptionError(fmt::format("pixel histogram: smoothing must be 0 or more, not {}", smoothing));
  counts_ = at::zeros({channels * height * width, levels}, at::kInt);
}

Tensor PixelHistogram::values_of(const Tensor& images) const {
  const Tensor batch = images.dim() == 3 ? images.unsqueeze(0) : images;
  if (batch.dim() != 4 || batch.scalar_type() != at::kByte || batch.size(1) != channels_ || batch.size(2) != height_ ||
      batch.size(3) != width_)
    fail_shape("pixel histogram: images, uint8,", fmt::format("[N, {}, {}, {}]", channels_, height_, width_), images);
  const Tensor begins = at::arange(counts_.size(0), at::kLong).mul_(levels);
  return batch.to(at::kCPU).flatten(1).to(at::kLong).add_(begins);
}

void PixelHistogram::add(const Tensor& images) {
  const Tensor places = values_of(images).flatten();
  counts_.view(-1).index_add_(0, places, at::ones({places.numel()}, at::kInt));
  images_ += places.numel() / counts_.size(0);
}

Tensor PixelHistogram::shares() const {
  if (images_ == 0) throw Error("the pixel histogram has seen no images");
  return counts_.to(at::kDouble).add_(smoothing_).div_(static_cast<double>(images_) + levels * smoothing_);
}

Tensor PixelHistogram::probabilities() const {
  return shares().to(at::kFloat).view({channels_, height_, width_, levels});
}

Tensor PixelHistogram::mean() const {
  return shares().matmul(at::arange(levels, at::kDouble)).to(at::kFloat).view({channels_, height_, width_});
}

Tensor PixelHistogram::log_likelihood(const Tensor& images) const {
  const Tensor logarithms = shares().log_().flatten();
  return logarithms.index_select(0, values_of(images).flatten()).view({-1, counts_.size(0)}).sum(1);
}

Tensor PixelHistogram::sample(std::uint64_t seed, std::int64_t first, std::int64_t count) const {
  detail::require_at_least(count, 0, "pixel histogram: samples");
  const Tensor bounds = shares().cumsum(1);
  Tensor places = at::empty({count, counts_.size(0)}, at::kDouble);
  auto* const values = places.mutable_data_ptr<double>();
  for (std::int64_t i = 0; i < count; ++i) {
    HostRandom random({seed, static_cast<std::uint64_t>(first + i)});
    for (std::int64_t j = 0; j < counts_.size(0); ++j) values[i * counts_.size(0) + j] = random.uniform();
  }
  // The last bound is 1 but for rounding: a place behind it belongs to the last value that is possible.
  const Tensor scaled = places.mul_(bounds.select(1, levels - 1)).t().contiguous();
  return at::searchsorted(bounds, scaled, /*out_int32=*/false, /*right=*/true)
      .t()
      .clamp(0, levels - 1)
      .to(at::kByte)
      .reshape({count, channels_, height_, width_});
}

}  // namespace cspgan
