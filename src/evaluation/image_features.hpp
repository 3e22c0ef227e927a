// Features of images of a source, as programs take them: drawn by a seed, read by all threads, bad ones left out.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/data/image_source.hpp"
#include "cspgan/metrics/evaluation.hpp"
#include "cspgan/metrics/feature_set.hpp"
#include "cspgan/terminal/progress.hpp"

namespace cspgan {

/// "builtin", or the path of a TorchScript network.
AnyFeatureExtractor make_extractor(const std::string& features, at::Device device);

/// `count` different indices below `size`, or all where count is 0, in an order that the seed alone decides.
std::vector<std::int64_t> choose_images(std::int64_t size, std::int64_t count, std::uint64_t seed);

struct ReadOptions {
  std::string what;             // for the progress bar: "reals"
  std::int64_t image_size = 0;  // crop to a square and resize first; 0: as they are
  std::int64_t batch_size = 32;
  std::function<void(const std::string&)> warn;
  std::optional<TransientBar> transient = {};
  std::function<void()> before_batch = {};  // may throw to end the work
};

/// Passes the chosen images to the collector; returns the names of those that could be read, in order, and as `sizes`
/// what FeatureSet has of that name. Warns of the first bad ones. Throws Error where more than a quarter are bad.
struct ImagesRead {
  std::vector<std::string> names;
  Tensor sizes;
};
ImagesRead collect_features(const AnyImageSource& images, const std::vector<std::int64_t>& chosen,
                            const ReadOptions& options, FeatureCollector& collector);

/// Features of the images of indexed_latents(seed, 0, count, latent_size), a batch at a time; `draw` gives images in
/// [-1, 1].
FeatureSet features_of_fakes(const std::string& what, std::int64_t count, std::int64_t batch_size, std::uint64_t seed,
                             std::int64_t latent_size, const std::function<Tensor(const Tensor&)>& draw,
                             FeatureCollector collector, std::optional<TransientBar> transient = {});

/// Whether one of the metrics needs what a classifier says of the fakes.
bool needs_probabilities(const std::vector<Metric>& metrics);

/// Throws OptionError, naming `option`, where the metrics need probabilities that the extractor does not give, and
/// Error where what it gives for a grey image of `image_size` pixels, unless that is 0, are none.
void require_probabilities(AnyFeatureExtractor extractor, Resizing resizing, std::int64_t image_size,
                           const std::vector<Metric>& metrics, std::string_view option);

}  // namespace cspgan
