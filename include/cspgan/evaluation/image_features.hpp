// Features of the images of a source or a generator. Images are chosen by a seed and read by all threads; those that
// cannot be read are left out.
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

/// Called for each warning, with a sentence for the user.
using OnWarning = std::function<void(const std::string& message)>;

/// Makes the extractor for `features`: "builtin", or the path of a TorchScript network. Throws Error if there is no
/// such network.
AnyFeatureExtractor make_extractor(const std::string& features, at::Device device);

/// `count` different indices below `size`, or all of them if `count` is 0, in random order. Both the choice and the
/// order depend only on the arguments.
std::vector<std::int64_t> choose_images(std::int64_t size, std::int64_t count, std::uint64_t seed);

struct ReadOptions {
  std::string what = "images";   // name of the stage for progress and word for the images in messages, such as "reals"
  std::int64_t image_size = 0;   // images are cropped to a square of this size first; 0: as they are
  std::int64_t batch_size = 32;  // >= 1
  OnWarning warn = {};
  StageProgress progress = {};  // called before the first batch and after each
};

/// The images that collect_features has read.
struct ImagesRead {
  std::vector<std::string> names;  // names of the images that could be read, in order
  Tensor sizes;                    // int64 [N, 2]: their heights and widths before they were cropped and resized
};

/// Passes the chosen images to the collector. Warns of the first images that cannot be read, and of their number.
/// Throws Error if more than a quarter cannot be read.
ImagesRead collect_features(const AnyImageSource& images, const std::vector<std::int64_t>& chosen,
                            const ReadOptions& options, FeatureCollector& collector);

struct FakesOptions {
  std::string what = "fakes";  // name of the stage for progress
  std::int64_t count = 10'000;
  std::int64_t batch_size = 32;  // >= 1
  std::uint64_t seed = 0;        // seed of the latents
  std::int64_t latent_size = 0;
  StageProgress progress = {};  // called before the first batch and after each
};

/// Features of the images of indexed_latents(seed, 0, count, latent_size), one batch at a time. `draw` maps latents
/// [N, Z] to images in [-1, 1], which are rounded to bytes as in a file.
FeatureSet features_of_fakes(const FakesOptions& options, const std::function<Tensor(const Tensor&)>& draw,
                             FeatureCollector collector);

/// Throws OptionError, naming `option`, if the metrics need probabilities that the extractor does not give. Unless
/// `image_size` is 0, also tries a gray image of that size, and throws Error if the result is not a probability
/// distribution.
void require_probabilities(AnyFeatureExtractor extractor, Resizing resizing, std::int64_t image_size,
                           const std::vector<Metric>& metrics, std::string_view option);

}  // namespace cspgan
