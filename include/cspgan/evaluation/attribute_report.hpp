// The styles and attribute values that a generator of avatars covers or drops, as a classifier reads them in its
// images.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/avatars/attribute_classifier.hpp"
#include "cspgan/avatars/avatar_metrics.hpp"
#include "cspgan/core/on_progress.hpp"
#include "cspgan/core/value.hpp"
#include "cspgan/models/sampler.hpp"

namespace [[gnu::visibility("default")]] cspgan {

struct AttributeReportOptions {
  std::int64_t count = 10'000;       // fakes, >= 1
  std::uint64_t seed = 0;            // seed of their latents
  std::int64_t batch_size = 32;      // >= 1
  std::filesystem::path cache = {};  // folder in which classifiers are cached; empty: no cache
  StageProgress progress = {};       // may throw to end the work
};

struct AttributeReport {
  AvatarMetrics metrics{};
  std::vector<double> clear{};  // for each attribute, the share of the fakes in which the classifier reads it clearly
  AttributeAccuracy accuracy{};
  AttributeClassifierOptions classifier{};
  std::int64_t image_size = 0;
  std::uint64_t seed = 0;
  std::vector<std::string> problems{};  // problems with the cache, so that the classifier was trained anew or not saved

  /// One sentence for each of the problems, each attribute that the classifier gets wrong too often, and, together, the
  /// attributes that most images show unclearly.
  std::vector<std::string> warnings() const;
};

/// A classifier, and its accuracy on 2,000 avatars that it has not seen.
struct MeasuredClassifier {
  AttributeClassifier classifier;
  AttributeAccuracy accuracy{};
  std::vector<std::string> problems{};  // problems with the cache, so that it was trained anew or not saved
};

/// Loads the classifier for images of this size from the folder `cache`, or trains it if the path is empty or the
/// folder does not hold it, and measures it.
MeasuredClassifier measured_classifier(std::int64_t image_size, const std::filesystem::path& cache,
                                       const StageProgress& progress = {});

/// Makes the classifier with measured_classifier(). Then it reads the attributes of the sampler's images, [N, 3,
/// image_size, image_size], and compares their shares with the true distribution, in which all values are equally
/// likely.
AttributeReport report_attributes(const Sampler& sampler, std::int64_t image_size,
                                  const AttributeReportOptions& options = {});

/// The content of avatars.json, as docs/metrics.md describes it.
Value to_value(const AttributeReport& report);

}  // namespace cspgan
