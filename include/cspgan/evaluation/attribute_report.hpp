// Reading a generator's avatars: what `evaluate --avatars` and the end of a training run have in common.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "cspgan/core/value.hpp"
#include "cspgan/models/sampler.hpp"
#include "cspgan/avatars/avatar_metrics.hpp"
#include "cspgan/avatars/attribute_classifier.hpp"

namespace [[gnu::visibility("default")]] cspgan {

struct AttributeReportOptions {
  std::int64_t count = 10'000;             // fakes, >= 1
  std::uint64_t seed = 0;                  // of their latents
  std::int64_t batch_size = 32;            // >= 1
  std::filesystem::path cache{};           // folder of the probes; empty: none is kept
  std::function<bool()> should_stop = {};  // asked now and then; true ends the work with an Error
};

/// The figures, and how far the reader can be trusted.
struct AttributeReport {
  AvatarMetrics figures{};
  std::vector<double> clear{};  // for each attribute, the share of the fakes in which the probe reads it clearly
  AttributeAccuracy accuracy{};
  AttributeClassifierOptions probe{};
  std::int64_t image_size = 0;
  std::uint64_t seed = 0;
};

/// Takes the probe from the cache or trains it, measures it on 2,000 fresh avatars, and lets it read what the sampler
/// draws, [N, 3, image_size, image_size], against the truth that all values are equally likely. With progress bars; a
/// cache that cannot be used is warned of.
AttributeReport report_attributes(const Sampler& sampler, std::int64_t image_size, const AttributeReportOptions& options);

/// The content of avatars.json, as docs/metrics.md describes it.
Value to_value(const AttributeReport& report);

/// On standard output; what to be careful about goes to standard error.
void print_table(const AttributeReport& report, std::string_view program);

}  // namespace cspgan
