// A classifier of attributes, its accuracy, and what it reads in a generator's avatars.
#include "cspgan/evaluation/attribute_report.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "core/checks.hpp"
#include "cspgan/core/device.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/models/latents.hpp"
#include "cspgan/report/images.hpp"
#include "cspgan/version.hpp"

namespace cspgan {

namespace {

constexpr std::int64_t fresh_avatars = 2000;
constexpr double accurate = 0.99;    // below it, an attribute is warned of
constexpr double too_unclear = 0.5;  // an attribute that is clear in fewer fakes is warned of

}  // namespace

MeasuredClassifier measured_classifier(std::int64_t image_size, const std::filesystem::path& cache,
                                       const StageProgress& progress) {
  const FullPrecisionScope exact;
  const auto options = AttributeClassifierOptions::for_pictures_of(image_size);
  const OnProgress learning = stage_of(progress, "classifier: learns to read avatars");
  std::string problem;
  MeasuredClassifier made{cache.empty() ? AttributeClassifier::train(options, learning)
                                        : AttributeClassifier::from_cache(cache, options, learning, &problem)};
  if (!problem.empty()) made.problems.push_back(problem + "; the classifier was trained anew");
  made.accuracy = made.classifier.accuracy(
      {.seed = mix_seeds({options.seed, 0x6672657368}), .count = fresh_avatars, .image_size = image_size},
      stage_of(progress, "classifier: reads fresh avatars"));
  return made;
}

AttributeReport report_attributes(const Sampler& sampler, std::int64_t image_size,
                                  const AttributeReportOptions& options) {
  const FullPrecisionScope exact;
  detail::require_at_least(options.count, 1, "avatars: count");
  detail::require_at_least(options.batch_size, 1, "avatars: batch_size");
  const auto [classifier, accuracy, problems] = measured_classifier(image_size, options.cache, options.progress);
  AttributeReport report{.accuracy = accuracy,
                         .classifier = classifier.options(),
                         .image_size = image_size,
                         .seed = options.seed,
                         .problems = problems};

  const OnProgress progress = stage_of(options.progress, "fakes");
  std::vector<Tensor> labels;
  report.clear.resize(avatar_attributes().size());
  for (std::int64_t first = 0; first < options.count; first += options.batch_size) {
    const std::int64_t size = std::min(options.batch_size, options.count - first);
    const AttributePrediction reading =
        classifier.read(to_bytes(sampler(indexed_latents(options.seed, first, size, sampler.latent_size()))));
    labels.push_back(reading.labels);
    const Tensor clear = count_clear(reading);
    for (std::size_t a = 0; a < report.clear.size(); ++a)
      report.clear[a] += clear[static_cast<std::int64_t>(a)].item<double>() / static_cast<double>(options.count);
    if (progress) progress(first + size, options.count);
  }
  report.metrics = count_avatars(at::cat(labels));
  return report;
}

std::vector<std::string> AttributeReport::warnings() const {
  std::vector<std::string> found = problems;
  std::vector<std::string_view> unclear;
  for (std::size_t a = 0; a < metrics.attributes.size(); ++a) {
    const std::string& name = metrics.attributes[a].name;
    const double right = accuracy.of_attributes[a];
    if (right < accurate)
      found.push_back(fmt::format("at {} pixels the classifier is right about {} only {:.2f} % of the time", image_size,
                                  name, 100 * right));
    if (clear[a] < too_unclear) unclear.push_back(name);
  }
  if (!unclear.empty())
    found.push_back(fmt::format(
        "most images lie between two values of: {}; the number of styles makes them look better than they are",
        fmt::join(unclear, ", ")));
  return found;
}

Value to_value(const AttributeReport& report) {
  Value value = to_value(report.metrics);
  Value::Array attributes = value.at("attributes").array();
  for (std::size_t a = 0; a < attributes.size(); ++a) {
    attributes[a].set("accuracy", report.accuracy.of_attributes[a]);
    attributes[a].set("clear", report.clear[a]);
    attributes[a].set("clear_of_true", report.accuracy.clear[a]);
  }
  value.set("attributes", std::move(attributes));
  value.set("image_size", report.image_size);
  value.set("seed", to_value(report.seed));
  value.set("classifier", to_value(report.classifier));
  value.set("classifier_measured_on", report.accuracy.count);
  value.set("version", version);
  return value;
}

}  // namespace cspgan
