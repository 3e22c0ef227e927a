// Features of folders, sources and generators, and their cache.
#include "cspgan/evaluation/feature_maker.hpp"

#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <utility>

#include "core/checks.hpp"
#include "cspgan/core/device.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/sha256.hpp"
#include "evaluation/image_sizes.hpp"

namespace cspgan {

FeatureMaker::FeatureMaker(FeatureOptions options, EvaluatorHooks hooks)
    : options_(std::move(options)),
      hooks_(std::move(hooks)),
      device_(parse_device(options_.device)),
      extractor_(make_extractor(options_.features, device_)) {
  detail::require_at_least(options_.batch_size, 1, "features: batch_size");
  detail::require(options_.image_size >= 0, "features: image_size", "at least 1, or 0 for images as they are",
                  options_.image_size);
  if (options_.is_inception && options_.features == "builtin")
    throw OptionError("only a file can be the Inception network; the built-in features never are");
  if (!options_.cache.empty()) cache_.emplace(options_.cache);
}

FeatureOrigin FeatureMaker::origin() const {
  return {extractor_.name(), options_.is_inception || extractor_.is_inception(), options_.resizing,
          extractor_.file_sha256()};
}

ImageFeatures FeatureMaker::of(const std::string& what, const AnyImageSource& images, std::int64_t count,
                               bool with_probabilities) {
  const std::vector<std::int64_t> chosen = choose_images(images.size(), count, options_.seed);
  const std::string key = key_of(what, images, chosen);
  ImageFeatures features;
  if (std::optional<FeatureSet> known = find(key, with_probabilities, features.warnings)) {
    if (hooks_.note)
      hooks_.note(
          fmt::format("{}: features of {} images are in {}", what, known->size(), cache_->path_of(key).string()));
    features.set = *std::move(known);
    for (const std::int64_t index : chosen) features.names.push_back(images.name(index));
    if (take_statistics(what, features.set)) save(key, features);
  } else {
    ImageFeatures found = read(what, images, chosen, with_probabilities);
    found.warnings.insert(found.warnings.begin(), features.warnings.begin(), features.warnings.end());
    features = std::move(found);
    take_statistics(what, features.set);
    if (features.names.size() == chosen.size()) save(key, features);
  }
  warn_of_enlarged(what, features);
  return features;
}

ImageFeatures FeatureMaker::of(const std::string& what, const Sampler& generator, std::int64_t count,
                               bool with_probabilities) {
  const FullPrecisionScope exact;  // of the fakes; extractors have their own
  Tensor size;                     // of one image
  const auto draw = [&](const Tensor& latents) {
    Tensor images = generator(latents);
    if (!size.defined()) {
      size = at::tensor({images.size(2), images.size(3)}, at::kLong);
      if (options_.image_size != 0 && (images.size(2) != options_.image_size || images.size(3) != options_.image_size))
        throw OptionError(fmt::format("the image size is {}, but the generator makes images of {}x{} pixels",
                                      options_.image_size, images.size(3), images.size(2)));
    }
    return images;
  };
  FeatureSet set = features_of_fakes({.what = what,
                                      .count = count,
                                      .batch_size = options_.batch_size,
                                      .seed = options_.seed,
                                      .latent_size = generator.latent_size(),
                                      .progress = hooks_.progress},
                                     draw, {extractor_, options_.resizing, with_probabilities});
  set.sizes = size.expand({count, 2}).contiguous();
  return {.set = std::move(set), .names = {}, .warnings = {}};
}

ImageFeatures FeatureMaker::read(const std::string& what, const AnyImageSource& images,
                                 const std::vector<std::int64_t>& chosen, bool with_probabilities) {
  ImageFeatures features;
  FeatureCollector collector(extractor_, options_.resizing, with_probabilities);
  ImagesRead read = collect_features(images, chosen,
                                     {.what = what,
                                      .image_size = options_.image_size,
                                      .batch_size = options_.batch_size,
                                      .warn = [&](const auto& message) { warn(features.warnings, message); },
                                      .progress = hooks_.progress},
                                     collector);
  features.set = collector.features();
  features.set.sizes = read.sizes;
  features.names = std::move(read.names);
  return features;
}

/// If they are wanted, they are not there, and the cache would keep them; whether that is so.
bool FeatureMaker::take_statistics(const std::string& what, FeatureSet& set) const {
  if (!options_.keep_statistics || !cache_ || set.statistics || !set.keeps_statistics()) return false;
  set.statistics = statistics_of(set.features, stage_of(hooks_.progress, "statistics of the " + what));
  return true;
}

/// From the cache, if it has the images' sizes, too.
std::optional<FeatureSet> FeatureMaker::find(const std::string& key, bool with_probabilities,
                                             std::vector<std::string>& warnings) {
  if (!cache_) return std::nullopt;
  std::string problem;
  std::optional<FeatureSet> known = cache_->load(key, with_probabilities, &problem);
  if (!problem.empty()) warn(warnings, problem + "; it is made anew");
  return known && known->sizes.defined() ? known : std::nullopt;
}

/// Says which bytes in which order; an image that cannot be read stands in it as such.
std::string FeatureMaker::key_of(const std::string& what, const AnyImageSource& images,
                                 const std::vector<std::int64_t>& chosen) const {
  if (!cache_ || extractor_.identity().empty()) return "";
  Sha256 content;
  const OnProgress progress = stage_of(hooks_.progress, what + ": checksums");
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    try {
      const std::optional<std::string> bytes = images.encoded(chosen[i]);
      if (!bytes) return "";
      content.add(Sha256().add(*bytes).text());
    } catch (const ImageError&) {
      content.add("unreadable");
    }
    if (progress) progress(static_cast<std::int64_t>(i) + 1, static_cast<std::int64_t>(chosen.size()));
  }
  const std::int64_t size = options_.image_size;
  return feature_key(extractor_, options_.resizing,
                     fmt::format("{} files {}, decoded to the pixels of Pillow, cropped and resized to {}",
                                 chosen.size(), content.text(), size == 0 ? "nothing" : fmt::format("{}", size)));
}

void FeatureMaker::save(const std::string& key, ImageFeatures& features) {
  if (!cache_) return;
  try {
    cache_->save(key, features.set);
  } catch (const Error& error) {
    warn(features.warnings, fmt::format("the features are not kept: {}", error.what()));
  }
}

void FeatureMaker::warn_of_enlarged(const std::string& what, ImageFeatures& features) const {
  if (options_.image_size == 0) return;
  if (const std::string warning = enlarged_warning(what, ImageSizes(features.set.sizes), options_.image_size);
      !warning.empty())
    warn(features.warnings, warning);
}

void FeatureMaker::warn(std::vector<std::string>& warnings, const std::string& message) const {
  warnings.push_back(message);
  if (hooks_.warning) hooks_.warning(message);
}

}  // namespace cspgan
