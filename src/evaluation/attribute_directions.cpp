// Directions by regression, and their scores.
#include "cspgan/evaluation/attribute_directions.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_solve.h>
#include <ATen/ops/linalg_svd.h>
#include <ATen/ops/nonzero.h>
#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "core/checks.hpp"
#include "cspgan/core/device.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/data/resize.hpp"
#include "cspgan/evaluation/attribute_report.hpp"
#include "cspgan/evaluation/image_features.hpp"
#include "cspgan/models/latents.hpp"
#include "cspgan/report/images.hpp"

namespace cspgan {

namespace {

constexpr std::int64_t fewest = 20;       // images that have a value, and that lack it, if it is to be learned
constexpr std::size_t most_classes = 10;  // of a column of labels
constexpr double ridge = 0.1;             // times the mean square of an input

/// The weights [inputs, columns] of ridge regressions of `targets` [N, columns] on `inputs` [N, inputs],
/// whose means are 0; both float64.
Tensor regression(const Tensor& inputs, const Tensor& targets) {
  const Tensor squares = inputs.t().matmul(inputs);
  const double penalty = ridge * squares.diagonal().mean().item<double>();
  return at::linalg_solve(squares + penalty * at::eye(inputs.size(1), squares.options()),
                          inputs.t().matmul(targets - targets.mean(0)));
}

/// The share of the images that are said to be so and are, and of those that are not, on average: 0.5 by chance.
double balanced_accuracy(const Tensor& said, const Tensor& truth) {
  const auto right_among = [&](const Tensor& chosen) {
    return (said == truth).masked_select(chosen).to(at::kDouble).mean().item<double>();
  };
  return (right_among(truth) + right_among(~truth)) / 2;
}

/// What `read` gives for the images of latents, one batch after the other.
Tensor read_latents(const Sampler& sampler, const AttributeReader& reader, const Tensor& latents,
                    std::int64_t batch_size, const OnProgress& progress = {}) {
  std::vector<Tensor> labels;
  for (std::int64_t first = 0; first < latents.size(0); first += batch_size) {
    const Tensor some = latents.slice(0, first, first + batch_size);
    labels.push_back(reader.read(to_bytes(sampler(some)).cpu()));
    if (progress) progress(first + some.size(0), latents.size(0));
  }
  return at::cat(labels);
}

double share_of(const Tensor& labels, std::int64_t value) {
  return (labels == value).to(at::kDouble).mean().item<double>();
}

bool can_be_learned(const Tensor& has) {
  const auto with = has.sum().item<std::int64_t>();
  return with >= fewest && has.numel() - with >= fewest;
}

/// What is left of a vector [Z] that is orthogonal to all others; all of it if next to nothing would be left, as among
/// more others than there are latents.
Tensor without(const Tensor& vector, const std::vector<Tensor>& others) {
  if (others.empty()) return vector;
  const auto [axes, sizes, unused] = at::linalg_svd(at::stack(others, 1), /*full_matrices=*/false);  // [Z, others]
  // Of an attribute's values, each direction follows from the others': such axes are of rounding errors alone.
  const Tensor basis = axes.index_select(1, at::nonzero(sizes > 1e-6 * sizes[0]).flatten());
  const Tensor left = vector - basis.matmul(basis.t().matmul(vector));
  return (left.norm() < 1e-3 * vector.norm()).item<bool>() ? vector : left;
}

/// Images with their labels, and their features.
struct LabeledFeatures {
  Tensor features{};  // float64 [N, D], each of mean 0 and variance 1 over the images to learn from
  Tensor labels{};    // int64 [N, columns]
  Tensor mean{}, deviation{};
  std::int64_t learned = 0;  // the first of them, to learn from

  Tensor standardized(const Tensor& raw) const { return (raw.to(at::kDouble) - mean) / deviation; }
};

LabeledFeatures labeled_features(const AnyImageSource& images, std::int64_t image_size, AnyFeatureExtractor& extractor,
                                 std::int64_t count, const OnProgress& progress, std::vector<std::string>& problems) {
  const Tensor labels = images.labels().values;
  const Tensor labeled = labels.ge(0).all(1).nonzero().flatten();  // of others nobody knows what they show
  std::vector<std::int64_t> chosen = choose_images(labeled.size(0), std::min(count, labeled.size(0)), 0);
  for (std::int64_t& image : chosen) image = labeled[image].item<std::int64_t>();
  std::vector<Tensor> features, rows;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (progress) progress(static_cast<std::int64_t>(i) + 1, static_cast<std::int64_t>(chosen.size()));
    try {
      const Tensor image = resize(center_crop_square(images.image(chosen[i])), image_size);
      features.push_back(extractor.features(image.unsqueeze(0)).cpu());
      rows.push_back(labels[chosen[i]]);
    } catch (const ImageError& error) {
      problems.push_back(fmt::format("'{}' is left out: {}", images.name(chosen[i]), error.what()));
    }
  }
  if (constexpr std::size_t least = 5; rows.size() < least)
    throw OptionError(
        fmt::format("{} or more labeled images are needed; of {}, {} can be read", least, chosen.size(), rows.size()));
  LabeledFeatures all{.labels = at::stack(rows), .learned = static_cast<std::int64_t>(rows.size()) * 4 / 5};
  const Tensor raw = at::cat(features).to(at::kDouble), first = raw.slice(0, 0, all.learned);
  all.mean = first.mean(0);
  all.deviation = first.std(0).clamp_min(1e-12);
  all.features = all.standardized(raw);
  return all;
}

bool is_yes_or_no(const ReadableAttribute& attribute) {
  return attribute.values == std::vector<std::string>{"no", "yes"};
}

/// The first value that has a direction.
std::size_t first_value(const ReadableAttribute& attribute) { return is_yes_or_no(attribute) ? 1 : 0; }

/// A value of an attribute, by their places.
struct AttributeValue {
  std::int64_t attribute, value;
};

/// What the direction toward a value of an attribute is called.
std::string direction_name(const ReadableAttribute& attribute, std::size_t value) {
  return is_yes_or_no(attribute) ? attribute.name : attribute.name + "=" + attribute.values[value];
}

/// The value that a direction is named after, if any.
std::optional<AttributeValue> value_named(const std::string& direction,
                                          const std::vector<ReadableAttribute>& attributes) {
  for (std::size_t a = 0; a < attributes.size(); ++a)
    for (std::size_t v = first_value(attributes[a]); v < attributes[a].values.size(); ++v)
      if (direction == direction_name(attributes[a], v))
        return AttributeValue{static_cast<std::int64_t>(a), static_cast<std::int64_t>(v)};
  return std::nullopt;
}

}  // namespace

AttributeReader avatar_reader(std::int64_t image_size, const std::filesystem::path& cache,
                              const StageProgress& progress) {
  const MeasuredClassifier made = measured_classifier(image_size, cache, progress);
  AttributeReader reader{
      .read = [classifier = made.classifier](const Tensor& images) { return classifier.read(images).labels; },
      .problems = made.problems};
  for (std::size_t a = 0; a < avatar_attributes().size(); ++a) {
    const AvatarAttribute& attribute = avatar_attributes()[a];
    reader.attributes.push_back({.name = std::string(attribute.name),
                                 .values = {attribute.values.begin(), attribute.values.end()},
                                 .accuracy = made.accuracy.of_attributes[a]});
  }
  return reader;
}

AttributeReader label_reader(const AnyImageSource& images, std::int64_t image_size, AnyFeatureExtractor extractor,
                             std::int64_t count, const StageProgress& progress) {
  const Labels labels = images.labels();
  if (labels.empty())
    throw OptionError(labels.problem.empty() ? "the images have no labels"
                                             : "the images have no labels: " + labels.problem);
  AttributeReader reader;
  const LabeledFeatures all =
      labeled_features(images, image_size, extractor, count, stage_of(progress, "labeled images"), reader.problems);
  const std::int64_t total = all.labels.size(0);
  std::vector<Tensor> targets;
  for (std::size_t column = 0; column < labels.columns.size(); ++column) {
    const LabelColumn& known = labels.columns[column];
    if (known.classes.size() < 2 || known.classes.size() > most_classes) continue;
    for (std::size_t c = known.classes.size() == 2 ? 1 : 0; c < known.classes.size(); ++c) {
      const Tensor has = all.labels.select(1, static_cast<std::int64_t>(column)) == static_cast<std::int64_t>(c);
      if (!can_be_learned(has.slice(0, 0, all.learned))) continue;
      targets.push_back(has);
      reader.attributes.push_back({.name = known.classes.size() == 2 ? known.name : known.name + "=" + known.classes[c],
                                   .values = {"no", "yes"}});
    }
  }
  if (targets.empty()) throw OptionError("none of the images' labels can be learned");
  const Tensor truth = at::stack(targets, 1);  // bool [N, attributes]
  const Tensor learned = all.features.slice(0, 0, all.learned);
  const Tensor truth_learned = truth.slice(0, 0, all.learned).to(at::kDouble);
  const Tensor weight = regression(learned, truth_learned);
  const Tensor ordered = std::get<0>(learned.matmul(weight).sort(0, /*descending=*/true));
  const Tensor places = truth_learned.sum(0).to(at::kLong).unsqueeze(0);
  const Tensor thresholds = ordered.gather(0, places);  // [1, attributes]
  const auto is_yes = [weight, thresholds](const Tensor& features) { return features.matmul(weight) > thresholds; };

  const Tensor said = is_yes(all.features.slice(0, all.learned, total)), known = truth.slice(0, all.learned, total);
  for (std::size_t a = 0; a < reader.attributes.size(); ++a)
    reader.attributes[a].accuracy =
        balanced_accuracy(said.select(1, static_cast<std::int64_t>(a)), known.select(1, static_cast<std::int64_t>(a)));
  reader.read = [all, is_yes, extractor](const Tensor& some) mutable {
    return is_yes(all.standardized(extractor.features(some).cpu())).to(at::kLong);
  };
  return reader;
}

std::vector<NamedDirection> attribute_directions(const Sampler& sampler, const AttributeReader& reader,
                                                 const AttributeDirectionOptions& options) {
  const FullPrecisionScope exact;
  detail::require_at_least(options.count, 2 * fewest, "attribute directions: count");
  detail::require_at_least(options.batch_size, 1, "attribute directions: batch_size");
  const Tensor latents = indexed_latents(options.seed, 0, options.count, sampler.latent_size());
  const Tensor labels =
      read_latents(sampler, reader, latents, options.batch_size, stage_of(options.progress, "images to learn from"));
  std::vector<NamedDirection> directions;
  std::vector<Tensor> targets;
  std::vector<std::size_t> attributes;  // of each direction
  for (std::size_t a = 0; a < reader.attributes.size(); ++a) {
    const ReadableAttribute& attribute = reader.attributes[a];
    for (std::size_t v = first_value(attribute); v < attribute.values.size(); ++v) {
      const Tensor has = labels.select(1, static_cast<std::int64_t>(a)) == static_cast<std::int64_t>(v);
      if (!can_be_learned(has)) continue;
      targets.push_back(has.to(at::kDouble));
      attributes.push_back(a);
      directions.push_back({.name = direction_name(attribute, v), .vector = {}});
    }
  }
  if (targets.empty()) return directions;
  const Tensor inputs = latents.to(at::kDouble);
  const Tensor weight = regression(inputs - inputs.mean(0), at::stack(targets, 1)).t();  // [directions, Z]
  for (std::size_t i = 0; i < directions.size(); ++i) {
    std::vector<Tensor> others;
    for (std::size_t j = 0; j < directions.size(); ++j)
      if (options.conditional && attributes[j] != attributes[i]) others.push_back(weight[static_cast<std::int64_t>(j)]);
    const Tensor vector = without(weight[static_cast<std::int64_t>(i)], others);
    directions[i].vector = (vector / vector.norm()).to(at::kFloat).contiguous();
  }
  return directions;
}

std::vector<DirectionScore> score_directions(const Sampler& sampler, const AttributeReader& reader,
                                             const std::vector<NamedDirection>& directions,
                                             const AttributeDirectionOptions& options) {
  const FullPrecisionScope exact;
  detail::require_at_least(options.test_count, 1, "attribute directions: test_count");
  const OnProgress progress = stage_of(options.progress, "directions to score");
  // Behind those that directions are learned from.
  const Tensor latents = indexed_latents(options.seed, options.count, options.test_count, sampler.latent_size());
  std::vector<DirectionScore> scores;
  for (const NamedDirection& direction : directions) {
    const auto labels_at = [&](double step) {
      return read_latents(sampler, reader, latents + step * direction.vector, options.batch_size);
    };
    const Tensor low = labels_at(-options.step), high = labels_at(options.step);
    const Tensor changed = (low != high).to(at::kDouble).mean(0);  // [attributes]
    const auto named = value_named(direction.name, reader.attributes);
    const std::int64_t place = named ? named->attribute : changed.argmax().item<std::int64_t>();
    const auto own = changed[place].item<double>();
    const auto rest = static_cast<double>(changed.numel() - 1);
    DirectionScore score{.attribute = reader.attributes[static_cast<std::size_t>(place)].name,
                         .changed = own,
                         .others = rest > 0 ? (changed.sum().item<double>() - own) / rest : 0};
    if (named)
      score.shares = Range{share_of(low.select(1, place), named->value), share_of(high.select(1, place), named->value)};
    scores.push_back(std::move(score));
    if (progress) progress(static_cast<std::int64_t>(scores.size()), static_cast<std::int64_t>(directions.size()));
  }
  return scores;
}

}  // namespace cspgan
