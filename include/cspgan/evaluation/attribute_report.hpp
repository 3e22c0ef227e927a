// What a generator of avatars covers and drops, by the attributes that a classifier reads in its images.
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
  std::filesystem::path cache = {};  // folder that keeps classifiers; empty: none is kept
  StageProgress progress = {};       // may throw to end the work
};

struct AttributeReport {
  AvatarMetrics metrics{};
  std::vector<double> clear{};  // for each attribute, the share of the fakes in which the classifier reads it clearly
  AttributeAccuracy accuracy{};
  AttributeClassifierOptions classifier{};
  std::int64_t image_size = 0;
  std::uint64_t seed = 0;
  std::vector<std::string> problems{};  // of the cache: the classifier was trained anew, or is not kept

  /// What to be careful about: the problems, attributes about which the classifier is too often wrong, and those that
  /// most images show unclearly. A sentence each.
  std::vector<std::string> warnings() const;
};

/// Takes the classifier from the cache or trains it, measures it on 2,000 fresh avatars, and lets it read what the
/// sampler draws, [N, 3, image_size, image_size], against the truth that all values are equally likely.
AttributeReport report_attributes(const Sampler& sampler, std::int64_t image_size,
                                  const AttributeReportOptions& options = {});

/// The content of avatars.json, as docs/metrics.md describes it.
Value to_value(const AttributeReport& report);

}  // namespace cspgan
