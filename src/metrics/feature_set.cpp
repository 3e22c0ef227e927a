// Gathering and caching features.
#include "cspgan/metrics/feature_set.hpp"

#include <ATen/ops/cat.h>
#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/safetensors.hpp"
#include "cspgan/core/sha256.hpp"
#include "cspgan/core/shapes.hpp"
#include "metrics/checks.hpp"

namespace cspgan {

namespace {

constexpr std::string_view key_field = "cspgan.features";

/// What is wrong with features that were read, or "".
std::string fault(const TensorFile& file, const std::string& key) {
  if (!file.has_text(key_field) || file.text(key_field) != key) return "it holds the features of other images";
  if (!file.has_tensor("features")) return "it holds no features";
  const Tensor& features = file.tensor("features");
  if (features.dim() != 2 || features.scalar_type() != at::kFloat || features.size(0) < 1)
    return "its features are " + describe_tensor(features);
  if (file.has_tensor("probabilities") &&
      (file.tensor("probabilities").dim() != 2 || file.tensor("probabilities").scalar_type() != at::kFloat ||
       file.tensor("probabilities").size(0) != features.size(0)))
    return "its probabilities do not belong to its features";
  if (file.has_tensor("sizes") &&
      (file.tensor("sizes").scalar_type() != at::kLong || !file.tensor("sizes").sizes().equals({features.size(0), 2})))
    return "its sizes do not belong to its features";
  if (file.has_tensor("mean") != file.has_tensor("covariance")) return "its statistics are incomplete";
  if (file.has_tensor("mean") &&
      (file.tensor("mean").scalar_type() != at::kDouble || file.tensor("covariance").scalar_type() != at::kDouble ||
       !file.tensor("mean").sizes().equals({features.size(1)})))
    return "its statistics do not belong to its features";
  return "";
}

/// Throws Error if they cannot be statistics.
std::optional<FeatureStatistics> statistics_in(const TensorFile& file) {
  if (!file.has_tensor("mean")) return std::nullopt;
  return FeatureStatistics(file.tensor("features").size(0), file.tensor("mean"), file.tensor("covariance"));
}

}  // namespace

FeatureCollector::FeatureCollector(AnyFeatureExtractor extractor, Resizing resizing, bool with_probabilities)
    : extractor_(std::move(extractor)), resizing_(resizing), with_probabilities_(with_probabilities) {}

void FeatureCollector::add(const Tensor& images) {
  const Tensor resized = resize_for_features(images, resizing_);
  const std::int64_t count = images.size(0);
  const auto take = [&](const Tensor& rows, std::vector<Tensor>& pieces, std::string_view what) {
    if (!rows.defined() || rows.dim() != 2 || rows.size(0) != count ||
        (!pieces.empty() && rows.size(1) != pieces.front().size(1)))
      throw Error(fmt::format("the extractor '{}' gave {} {} for {} images{}", extractor_.name(), what,
                              shape_text(rows), count,
                              pieces.empty() ? "" : fmt::format(", after [N, {}]", pieces.front().size(1))));
    Tensor kept = rows.detach().to(at::kCPU, at::kFloat).contiguous();
    require_features(kept, 1, fmt::format("the extractor '{}'", extractor_.name()));
    return kept;
  };
  Tensor features = take(extractor_.features(resized), features_, "features");
  if (with_probabilities_)
    probabilities_.push_back(take(extractor_.probabilities(resized), probabilities_, "probabilities"));
  features_.push_back(std::move(features));
  size_ += count;
}

FeatureSet FeatureCollector::features() const {
  if (features_.empty()) throw Error("there are no images to take features of");
  return {.features = at::cat(features_),
          .probabilities = with_probabilities_ ? at::cat(probabilities_) : Tensor(),
          .sizes = {},
          .statistics = {}};
}

std::filesystem::path FeatureCache::path_of(const std::string& key) const {
  return folder_ / (Sha256().add(key).text().substr(0, 32) + ".safetensors");
}

std::optional<FeatureSet> FeatureCache::load(const std::string& key, bool with_probabilities,
                                             std::string* problem) const {
  const std::filesystem::path path = path_of(key);
  std::error_code unknown;
  if (key.empty() || !std::filesystem::exists(path, unknown)) return std::nullopt;
  try {
    const TensorFile file = load_safetensors(path);
    if (const std::string found = fault(file, key); !found.empty())
      throw Error(fmt::format("'{}' is not used: {}", path.string(), found));
    if (with_probabilities && !file.has_tensor("probabilities")) return std::nullopt;
    return FeatureSet{.features = file.tensor("features"),
                      .probabilities = file.has_tensor("probabilities") ? file.tensor("probabilities") : Tensor(),
                      .sizes = file.has_tensor("sizes") ? file.tensor("sizes") : Tensor(),
                      .statistics = statistics_in(file)};
  } catch (const Error& error) {
    if (problem != nullptr) *problem = error.what();
    return std::nullopt;
  }
}

void FeatureCache::save(const std::string& key, const FeatureSet& set) const {
  if (key.empty()) return;
  make_folder(folder_);
  remove_abandoned_files(folder_);
  TensorFile file{.tensors = {{"features", set.features}}, .metadata = {{std::string(key_field), key}}};
  if (set.probabilities.defined()) file.tensors.emplace_back("probabilities", set.probabilities);
  if (set.sizes.defined()) file.tensors.emplace_back("sizes", set.sizes);
  if (set.statistics && set.keeps_statistics()) {
    file.tensors.emplace_back("mean", set.statistics->mean());
    file.tensors.emplace_back("covariance", set.statistics->covariance());
  }
  save_safetensors(path_of(key), file);
}

std::string feature_key(const AnyFeatureExtractor& extractor, Resizing resizing, const std::string& content) {
  const std::string identity = extractor.identity();
  if (identity.empty() || content.empty()) return "";
  // The number counts the changes of what this library does with an image before the network sees it.
  return fmt::format("1; {}; resizing {}; {}", identity, enum_name(resizing), content);
}

}  // namespace cspgan
