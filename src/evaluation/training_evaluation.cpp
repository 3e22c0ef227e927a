// Which evaluations of a training can work.
#include "cspgan/evaluation/training_evaluation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cspgan/core/error.hpp"
#include "cspgan/models/latents.hpp"

namespace cspgan {

EvaluationOptions TrainingEvaluationOptions::evaluation_options() const {
  EvaluationOptions options;
  options.metrics = metrics;
  return options;
}

void TrainingEvaluationOptions::require_images(std::int64_t images) const {
  const std::int64_t reals = real_count == 0 ? images : std::min(real_count, images);
  require_enough_images(evaluation_options(), reals, count,
                        "change evaluation.count, evaluation.real_count or evaluation.metrics, or give more images");
}

void TrainingEvaluationOptions::validate() const {
  if (every_kimg != 0 && !(every_kimg >= 0.001 && every_kimg <= 1e9))
    throw OptionError(
        fmt::format("evaluation: every_kimg must be in [0.001, 1e9], or 0 for no evaluation, not {}", every_kimg));
  if (count < 2 || count > most_images)
    throw OptionError(fmt::format("evaluation: count must be in [2, {}], not {}", most_images, count));
  if (real_count < 0 || real_count == 1)
    throw OptionError(fmt::format("evaluation: real_count must be >= 2, or 0 for all, not {}", real_count));
  evaluation_options().validate();
  std::vector<std::string_view> keys;
  for (const MetricInfo& metric : metrics_of(metrics))
    if (metric.direction != Direction::none) keys.push_back(metric.key);
  if (std::ranges::find(keys, best) == keys.end())
    throw OptionError(
        fmt::format("evaluation: best = '{}' is none of the metrics that are computed and can be better or worse: {}",
                    best, fmt::join(keys, ", ")));
}

}  // namespace cspgan
