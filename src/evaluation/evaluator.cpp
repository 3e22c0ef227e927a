// Reals, fakes, and what tells them apart.
#include "cspgan/evaluation/evaluator.hpp"

#include <algorithm>
#include <utility>

#include "evaluation/image_sizes.hpp"

namespace cspgan {

namespace {

FeatureOptions feature_options(const EvaluatorOptions& options) {
  const std::vector<Metric>& metrics = options.evaluation.metrics;
  return {.features = options.features,
          .is_inception = options.is_inception,
          .resizing = options.resizing,
          .image_size = options.image_size,
          .seed = options.seed,
          .batch_size = options.batch_size,
          .device = options.device,
          .cache = options.cache,
          .keep_statistics = std::ranges::find(metrics, Metric::fid) != metrics.end()};
}

std::int64_t taken_of(std::int64_t count, std::int64_t all) { return count == 0 ? all : std::min(count, all); }

}  // namespace

Evaluator::Evaluator(AnyImageSource reals, EvaluatorOptions options, EvaluatorHooks hooks)
    : options_(std::move(options)),
      hooks_(std::move(hooks)),
      maker_(feature_options(options_), hooks_),
      images_(std::move(reals)) {
  options_.evaluation.validate();
  require_probabilities(maker_.extractor(), options_.resizing, options_.image_size, options_.evaluation.metrics,
                        "metrics");
}

Evaluation Evaluator::evaluate(const Sampler& fakes) {
  require_enough(options_.count);
  reals();
  return compare(features_of(fakes));
}

Evaluation Evaluator::evaluate(const AnyImageSource& fakes) {
  require_enough(taken_of(options_.count, fakes.size()));
  reals();
  return compare(features_of(fakes));
}

const ImageFeatures& Evaluator::reals() {
  if (!reals_) reals_ = maker_.of("reals", images_, options_.real_count);
  return *reals_;
}

ImageFeatures Evaluator::features_of(const Sampler& fakes) {
  return maker_.of("fakes", fakes, options_.count, with_probabilities());
}

ImageFeatures Evaluator::features_of(const AnyImageSource& fakes) {
  return maker_.of("fakes", fakes, options_.count, with_probabilities());
}

Evaluation Evaluator::compare(const ImageFeatures& fakes) {
  const FeatureSet& real = reals().set;
  std::vector<std::string> warnings = reals().warnings;
  warnings.insert(warnings.end(), fakes.warnings.begin(), fakes.warnings.end());
  const auto warn = [&](const std::string& message) {
    warnings.push_back(message);
    if (hooks_.warning) hooks_.warning(message);
  };
  if (options_.image_size == 0)
    if (const std::string warning = different_sizes_warning(ImageSizes(real.sizes), ImageSizes(fakes.set.sizes));
        !warning.empty())
      warn(warning);
  Evaluation result = cspgan::evaluate(real, fakes.set, maker_.origin(), options_.evaluation, hooks_.progress);
  for (const std::string& warning : result.warnings) warn(warning);
  result.warnings = std::move(warnings);
  return result;
}

void Evaluator::require_enough(std::int64_t fakes) const {
  require_enough_images(options_.evaluation, taken_of(options_.real_count, images_.size()), fakes,
                        "change count, real_count, neighbors or metrics, or give more images");
}

}  // namespace cspgan
