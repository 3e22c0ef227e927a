// The features of a set of images: gathered batch by batch, and cached in files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cspgan/core/tensor.hpp"
#include "cspgan/metrics/feature_extractor.hpp"
#include "cspgan/metrics/feature_statistics.hpp"
#include "cspgan/metrics/resizing.hpp"

namespace [[gnu::visibility("default")]] cspgan {

struct FeatureSet {
  Tensor features;       // float32 [N, D]
  Tensor probabilities;  // float32 [N, classes]; undefined unless asked for
  Tensor sizes;  // int64 [N, 2]: heights and widths before images were cropped and resized; undefined if unknown
  std::optional<FeatureStatistics> statistics{};  // of `features`, if they have been computed

  /// Whether a cache should keep the statistics. For fewer images they would take more space than the features.
  bool keeps_statistics() const { return features.defined() && features.size(0) > 2 * features.size(1); }
  std::int64_t size() const { return features.defined() ? features.size(0) : 0; }
};

/// Passes images to an extractor and keeps the features: 4 D bytes for each image, which is 8 KiB with Inception.
class FeatureCollector {
 public:
  FeatureCollector(AnyFeatureExtractor extractor, Resizing resizing, bool with_probabilities = false);

  /// Adds images, uint8 [N, 3, H, W]; batches may differ in size. Throws what the extractor throws, and Error if the
  /// features are not N rows with as many dimensions as before, or are not finite.
  void add(const Tensor& images);
  std::int64_t size() const { return size_; }
  /// The features of all images so far. Throws Error if there are none.
  FeatureSet features() const;

 private:
  AnyFeatureExtractor extractor_;
  Resizing resizing_;
  bool with_probabilities_;
  std::int64_t size_ = 0;
  std::vector<Tensor> features_, probabilities_;
};

/// Keeps the features of image sets in files, and the statistics of large sets, too. A file is found by its key, a text
/// that names everything that the features depend on. It is used only if it holds exactly this key and its checksum is
/// right.
class FeatureCache {
 public:
  /// The folder is made when something is saved.
  explicit FeatureCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Returns nullopt if there is no file for the key, if it lacks the probabilities that are asked for, or if it is
  /// damaged. For a damaged file, `problem`, if given, is set to a message that names the file and the reason.
  std::optional<FeatureSet> load(const std::string& key, bool with_probabilities = false,
                                 std::string* problem = nullptr) const;
  /// Throws Error naming the path if it cannot be written.
  void save(const std::string& key, const FeatureSet& set) const;
  std::filesystem::path path_of(const std::string& key) const;

 private:
  std::filesystem::path folder_;
};

/// The key of a set, made from the extractor, the resizing convention and `content`, a text that says which images are
/// in the set, in which order, and how they were prepared. The key is empty if the extractor has no identity or
/// `content` is empty; nothing is cached under an empty key.
std::string feature_key(const AnyFeatureExtractor& extractor, Resizing resizing, const std::string& content);

}  // namespace cspgan
