// A distribution of images whose pixels do not depend on each other.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/data/image_source.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// A histogram for each pixel and channel over images of one size, of any number of channels. A value seen n times
/// among N images has the probability (n + s) / (N + 256 s), with additive smoothing s; 0: the multinomial estimate, n
/// / N. It knows how bright each place is, and nothing of what goes together: its samples are noise around the mean
/// image.
class PixelHistogram {
 public:
  /// For images uint8 [channels, height, width]. Keeps 1 KiB for each number of an image. Throws OptionError for sizes
  /// below 1, more than 2^22 numbers in an image, or a negative smoothing.
  PixelHistogram(std::int64_t channels, std::int64_t height, std::int64_t width, double smoothing = 0);

  /// Counts images uint8 [N, channels, height, width], or one without N. Throws Error for any other shape or type.
  void add(const Tensor& images);
  std::int64_t images() const { return images_; }

  /// float32 [channels, height, width, 256]. This and what follows throw Error before the first image.
  Tensor probabilities() const;
  /// float32 [channels, height, width], in levels from 0 to 255.
  Tensor mean() const;
  /// The natural logarithm of the probability of each image, float64 [N]; minus infinity if a value was never seen and
  /// nothing is smoothed. Throws Error as add() does.
  Tensor log_likelihood(const Tensor& images) const;
  /// Samples `first`, ..., `first + count - 1` of a seed: uint8 [count, channels, height, width]. Each depends only on
  /// the seed and its number.
  Tensor sample(std::uint64_t seed, std::int64_t first, std::int64_t count) const;

 private:
  friend class PixelHistogramSamples;
  /// Values as places in the histograms, int64 [N, numbers of an image].
  Tensor values_of(const Tensor& images) const;
  /// float64 [numbers of an image, 256].
  Tensor shares() const;
  /// The running sums of the shares: float64 [numbers of an image, 256].
  Tensor bounds() const;

  std::int64_t channels_, height_, width_;
  double smoothing_;
  std::int64_t images_ = 0;
  Tensor counts_;  // int32 [numbers of an image, 256]
};

/// Samples 0, ..., `count - 1` of a seed as a source of images, such as an Evaluator compares with real ones. It keeps
/// 2 KiB for each number of an image, and nothing of the histogram.
class PixelHistogramSamples {
 public:
  /// Throws OptionError for a negative count and unless the images have 3 channels, Error before the first image.
  PixelHistogramSamples(const PixelHistogram& histogram, std::int64_t count, std::uint64_t seed = 0);

  std::int64_t size() const { return count_; }
  /// uint8 [3, height, width]: what histogram.sample(seed, index, 1) gives.
  Tensor image(std::int64_t index) const;
  std::string name(std::int64_t index) const { return "sample " + std::to_string(index); }

 private:
  std::int64_t count_, height_, width_;
  std::uint64_t seed_;
  Tensor bounds_;
};

struct PixelHistogramOptions {
  double smoothing = 0;
  OnProgress progress = {};                              // in images
  std::function<void(const std::string&)> warning = {};  // called for each image that cannot be read
};

/// Counts all images of a source, cropped to a square and resized to `image_size` pixels; they are read by all threads.
/// Throws Error if none can be read, OptionError as the constructor does.
PixelHistogram fit_pixel_histogram(const AnyImageSource& images, std::int64_t image_size,
                                   const PixelHistogramOptions& options = {});

}  // namespace cspgan
