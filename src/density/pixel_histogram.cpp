// Counts of values, pixel by pixel.
#include "cspgan/density/pixel_histogram.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/core/shapes.hpp"
#include "cspgan/data/resize.hpp"

namespace cspgan {

namespace {

constexpr std::int64_t levels = 256;
constexpr std::int64_t most_numbers = std::int64_t{1} << 22;

/// Writes sample `index` of a seed into `sample`, a value for each row of running sums.
void draw_sample(const Tensor& bounds, std::uint64_t seed, std::int64_t index, std::uint8_t* sample) {
  HostRandom random({seed, static_cast<std::uint64_t>(index)});
  const auto* row = bounds.const_data_ptr<double>();
  for (std::int64_t i = 0; i < bounds.size(0); ++i, row += levels) {
    const auto* const end = row + levels;
    const double whole = end[-1];  // 1 but for rounding
    const auto* found = std::upper_bound(row, end, random.uniform() * whole);
    if (found == end) found = std::lower_bound(row, end, whole);  // rounded up to it: the last value that is possible
    *sample++ = static_cast<std::uint8_t>(found - row);
  }
}

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

Tensor PixelHistogram::bounds() const { return shares().cumsum(1); }

Tensor PixelHistogram::sample(std::uint64_t seed, std::int64_t first, std::int64_t count) const {
  detail::require_at_least(count, 0, "pixel histogram: samples");
  const Tensor sums = bounds();
  Tensor samples = at::empty({count, channels_, height_, width_}, at::kByte);
  auto* const values = samples.mutable_data_ptr<std::uint8_t>();
  for (std::int64_t i = 0; i < count; ++i) draw_sample(sums, seed, first + i, values + i * sums.size(0));
  return samples;
}

PixelHistogramSamples::PixelHistogramSamples(const PixelHistogram& histogram, std::int64_t count, std::uint64_t seed)
    : count_(count), height_(histogram.height_), width_(histogram.width_), seed_(seed), bounds_(histogram.bounds()) {
  detail::require_at_least(count, 0, "pixel histogram: samples");
  detail::require(histogram.channels_ == 3, "pixel histogram: the channels of a source of images", "3",
                  histogram.channels_);
}

Tensor PixelHistogramSamples::image(std::int64_t index) const {
  Tensor image = at::empty({3, height_, width_}, at::kByte);
  draw_sample(bounds_, seed_, index, image.mutable_data_ptr<std::uint8_t>());
  return image;
}

PixelHistogram fit_pixel_histogram(const AnyImageSource& images, std::int64_t image_size,
                                   const PixelHistogramOptions& options) {
  constexpr std::int64_t at_once = 64;
  PixelHistogram histogram(3, image_size, image_size, options.smoothing);
  for (std::int64_t first = 0; first < images.size(); first += at_once) {
    const std::int64_t count = std::min(at_once, images.size() - first);
    std::vector<Tensor> read(static_cast<std::size_t>(count));
    std::vector<std::string> reasons(read.size());
    at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const auto place = static_cast<std::size_t>(i);
        try {
          read[place] = resize(center_crop_square(images.image(first + i)), image_size);
        } catch (const ImageError& error) {
          reasons[place] = error.what();
        }
      }
    });
    for (std::size_t i = 0; i < read.size(); ++i)
      if (!read[i].defined() && options.warning)
        options.warning(
            fmt::format("'{}' is left out: {}", images.name(first + static_cast<std::int64_t>(i)), reasons[i]));
    std::erase_if(read, [](const Tensor& image) { return !image.defined(); });
    if (!read.empty()) histogram.add(at::stack(read));
    if (options.progress) options.progress(first + count, images.size());
  }
  if (histogram.images() == 0)
    throw Error(fmt::format("none of the {} images can be read, so there is nothing to count", images.size()));
  return histogram;
}

}  // namespace cspgan
