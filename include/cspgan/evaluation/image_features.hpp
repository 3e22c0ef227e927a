// Features of images of a source or a generator: chosen by a seed, read by all threads, bad ones left out.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/data/image_source.hpp"
#include "cspgan/metrics/evaluation.hpp"
#include "cspgan/metrics/feature_set.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Told what a person should know, a sentence at a time.
using OnWarning = std::function<void(const std::string& message)>;

/// "builtin", or the path of a TorchScript network. Throws Error if there is no such network.
AnyFeatureExtractor make_extractor(const std::string& features, at::Device device);

/// `count` different indices below `size`, or all if count is 0, in an order that the seed alone decides.
std::vector<std::int64_t> choose_images(std::int64_t size, std::int64_t count, std::uint64_t seed);

struct ReadOptions {
  std::string what = "images";   // the stage that progress is told of, and what messages call them: "reals"
  std::int64_t image_size = 0;   // crop to a square of this size first; 0: as they are
  std::int64_t batch_size = 32;  // >= 1
  OnWarning warn = {};
  StageProgress progress = {};  // told before the first batch and after each
};

/// What collect_features has read.
struct ImagesRead {
  std::vector<std::string> names;  // of the images that could be read, in order
  Tensor sizes;                    // int64 [N, 2]: their heights and widths before they were cropped and resized
};

/// Passes the chosen images to the collector. Warns of the first bad ones, and of their number. Throws Error if more
/// than a quarter are bad.
ImagesRead collect_features(const AnyImageSource& images, const std::vector<std::int64_t>& chosen,
                            const ReadOptions& options, FeatureCollector& collector);

struct FakesOptions {
  std::string what = "fakes";  // the stage that progress is told of
  std::int64_t count = 10'000;
  std::int64_t batch_size = 32;  // >= 1
  std::uint64_t seed = 0;        // seed of the latents
  std::int64_t latent_size = 0;
  StageProgress progress = {};  // told before the first batch and after each
};

/// Features of the images of indexed_latents(seed, 0, count, latent_size), a batch at a time; `draw` gives images in
/// [-1, 1], which become bytes as in a file.
FeatureSet features_of_fakes(const FakesOptions& options, const std::function<Tensor(const Tensor&)>& draw,
                             FeatureCollector collector);

/// Throws OptionError, naming `option`, if the metrics need probabilities that the extractor does not give, and Error
/// if what it gives for a gray image of `image_size` pixels, unless that is 0, are none.
void require_probabilities(AnyFeatureExtractor extractor, Resizing resizing, std::int64_t image_size,
                           const std::vector<Metric>& metrics, std::string_view option);

}  // namespace cspgan
