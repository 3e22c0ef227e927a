// The features of a set of images, gathered batch by batch and kept in a cache.
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
  Tensor sizes;  // int64 [N, 2]: height and width in the files, before images were cropped and resized; or undefined
  std::optional<FeatureStatistics> statistics{};  // of `features`, if they were taken already

  /// Whether a cache is to keep the statistics: with fewer images they would be larger than the features.
  bool keeps_statistics() const { return features.defined() && features.size(0) > 2 * features.size(1); }
  std::int64_t size() const { return features.defined() ? features.size(0) : 0; }
};

/// Passes images to an extractor and keeps what it gives: 4 D bytes an image, 8 KiB for Inception.
class FeatureCollector {
 public:
  FeatureCollector(AnyFeatureExtractor extractor, Resizing resizing, bool with_probabilities = false);

  /// uint8 [N, 3, H, W]; batches may differ in size. Throws what the extractor throws, and Error if it gives other
  /// than N rows of as many dimensions as before, or values that are not finite.
  void add(const Tensor& images);
  std::int64_t size() const { return size_; }
  /// All so far. Throws Error if there are none.
  FeatureSet features() const;

 private:
  AnyFeatureExtractor extractor_;
  Resizing resizing_;
  bool with_probabilities_;
  std::int64_t size_ = 0;
  std::vector<Tensor> features_, probabilities_;
};

/// Features, and statistics of many, in files, each found by a text that says all that they depend on, and used only if
/// that very text stands in the file and its checksum is right.
class FeatureCache {
 public:
  /// The folder is made when something is saved.
  explicit FeatureCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Nothing if there are none, none with the probabilities asked for, or none that are whole: then `problem`, where
  /// given, says what is wrong, naming the file.
  std::optional<FeatureSet> load(const std::string& key, bool with_probabilities = false,
                                 std::string* problem = nullptr) const;
  /// Throws Error naming the path if it cannot be written.
  void save(const std::string& key, const FeatureSet& set) const;
  std::filesystem::path path_of(const std::string& key) const;

 private:
  std::filesystem::path folder_;
};

/// The key of a set: extractor, resizing convention, and `content`, which says which images in which order and what was
/// done to them. Empty, which is never cached, if the extractor has no identity or the content is empty.
std::string feature_key(const AnyFeatureExtractor& extractor, Resizing resizing, const std::string& content);

}  // namespace cspgan
