// Computes the features of sets of images, with a cache, so that the same files are read only once.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/data/image_source.hpp"
#include "cspgan/evaluation/image_features.hpp"
#include "cspgan/metrics/evaluation.hpp"
#include "cspgan/metrics/feature_set.hpp"
#include "cspgan/models/sampler.hpp"

namespace [[gnu::visibility("default")]] cspgan {

struct FeatureOptions {
  std::string features = "builtin";  // or the path of a TorchScript network, such as inception-2015-12-05.pt
  bool is_inception = false;         // `features` is the Inception network of the FID, whatever its checksum
  Resizing resizing = Resizing::none;
  std::int64_t image_size = 0;       // images are cropped to a square of this size first; 0: as they are
  std::uint64_t seed = 0;            // seed of the choice of images and of a generator's latents
  std::int64_t batch_size = 32;      // >= 1
  std::string device = "auto";       // auto, cpu, cuda or cuda:<index>
  std::filesystem::path cache = {};  // folder in which features of files are cached; empty: no cache
  bool keep_statistics = true;       // also cache the mean and covariance of large sets
};

/// Functions that are called during work with images; each may be left out.
struct EvaluatorHooks {
  StageProgress progress = {};
  OnWarning warning = {};                             // called for each warning; the results hold them, too
  std::function<void(const std::string&)> note = {};  // called with remarks, such as that features came from the cache
};

/// The features of a set of images, and the images' names.
struct ImageFeatures {
  FeatureSet set;                     // includes the images' sizes
  std::vector<std::string> names;     // names of the images of a source, in order; empty for those of a generator
  std::vector<std::string> warnings;  // of images that could not be read or were enlarged, or of an unusable cache
};

/// Turns images into features. Do not use an object from several threads at once.
class FeatureMaker {
 public:
  /// Throws OptionError naming an option that is out of range, Error if there is no such network.
  explicit FeatureMaker(FeatureOptions options, EvaluatorHooks hooks = {});

  /// Features of `count` images (0: all), chosen at random by the seed. `what`, such as "reals", is the name of the
  /// stage for progress and the word for the images in messages. Features come from the cache if it has those of the
  /// same files; a source that does not give the bytes that decide its images (`encoded`) is never cached. A set with
  /// unreadable images is not cached, so that they are named each time. Throws Error if more than a quarter of the
  /// images cannot be read.
  ImageFeatures of(const std::string& what, const AnyImageSource& images, std::int64_t count,
                   bool with_probabilities = false);
  /// Features of the generator's images from the seed's latents 0, ..., count - 1. Throws OptionError if `image_size`
  /// is neither 0 nor the size of the images.
  ImageFeatures of(const std::string& what, const Sampler& generator, std::int64_t count,
                   bool with_probabilities = false);

  FeatureOrigin origin() const;
  const AnyFeatureExtractor& extractor() const { return extractor_; }
  at::Device device() const { return device_; }
  const FeatureOptions& options() const { return options_; }

 private:
  ImageFeatures read(const std::string& what, const AnyImageSource& images, const std::vector<std::int64_t>& chosen,
                     bool with_probabilities);
  std::optional<FeatureSet> find(const std::string& key, bool with_probabilities, std::vector<std::string>& warnings);
  bool take_statistics(const std::string& what, FeatureSet& set) const;
  std::string key_of(const std::string& what, const AnyImageSource& images,
                     const std::vector<std::int64_t>& chosen) const;
  void save(const std::string& key, ImageFeatures& features);
  void warn_of_enlarged(const std::string& what, ImageFeatures& features) const;
  void warn(std::vector<std::string>& warnings, const std::string& message) const;

  FeatureOptions options_;
  EvaluatorHooks hooks_;
  at::Device device_;
  AnyFeatureExtractor extractor_;
  std::optional<FeatureCache> cache_;
};

}  // namespace cspgan
