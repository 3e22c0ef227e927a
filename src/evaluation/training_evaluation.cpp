// Which evaluations of a training can work.
#include "cspgan/evaluation/training_evaluation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/checks.hpp"
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
  const bool is_interval = every_kimg == 0 || (every_kimg >= 0.001 && every_kimg <= 1e9);
  detail::require(is_interval, "evaluation: every_kimg", "in [0.001, 1e9], or 0 for no evaluation", every_kimg);
  detail::require_from_to(count, 2, most_images, "evaluation: count");
  detail::require(real_count == 0 || real_count >= 2, "evaluation: real_count", "at least 2, or 0 for all", real_count);
  evaluation_options().validate();
  std::vector<std::string_view> keys;
  for (const MetricInfo& metric : metrics_of(metrics))
    if (metric.direction != Direction::none) keys.push_back(metric.key);
  if (keys.empty())
    throw OptionError(
        "evaluation: none of evaluation.metrics can be better or worse, so no best checkpoint can be chosen; "
        "add fid or kid");
  if (std::ranges::find(keys, best) == keys.end())
    throw OptionError(
        fmt::format("evaluation: best = '{}' is not one of the computed metrics that can be better or worse: {}", best,
                    fmt::join(keys, ", ")));
}

}  // namespace cspgan
