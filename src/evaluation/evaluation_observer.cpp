// Evaluation between the steps of a training.
#include "cspgan/evaluation/evaluation_observer.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/lookup.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/options.hpp"
#include "cspgan/evaluation/image_features.hpp"
#include "cspgan/report/evaluation_row.hpp"
#include "cspgan/report/metrics_log.hpp"

namespace cspgan {

namespace {

constexpr std::int64_t evaluation_batch = 64;
constexpr std::uint64_t latent_seed = 0;  // of all runs: metrics of two runs differ by their generators alone

/// Ends an evaluation that there is no time for.
struct Canceled {};

/// Says at its end, whatever it ends by, that work is over. A hook that throws there is not heard.
struct AtEnd {
  const std::function<void()>& say;
  ~AtEnd() {
    try {
      if (say) say();
    } catch (...) {  // another error may be on its way
    }
  }
};

double kimg_of(const TrainerView& trainer) { return static_cast<double>(trainer.images()) / 1000; }

/// Where in the run the last evaluation was.
struct LastEvaluation {
  std::int64_t step = -1;  // there was none
  double kimg = 0;
};

LastEvaluation last_evaluation(const std::filesystem::path& metrics) {
  LastEvaluation last;
  if (!std::filesystem::exists(metrics)) return last;
  for (const Value& row : read_metrics(metrics).rows) {
    const auto step = detail::number_at(row, {"step"}), kimg = detail::number_at(row, {"kimg"});
    if (detail::text_at(row, {"kind"}) == evaluation_kind && kimg && step > static_cast<double>(last.step))
      last = {static_cast<std::int64_t>(*step), *kimg};
  }
  return last;
}

/// "lower_is_better" and "target" as rows have them.
std::optional<bool> lower_is_better(Direction direction) {
  if (direction == Direction::lower || direction == Direction::higher) return direction == Direction::lower;
  return std::nullopt;
}

}  // namespace

EvaluationObserver::EvaluationObserver(TrainingEvaluationOptions options, AnyImageSource images,
                                       std::int64_t image_size, EvaluationHooks hooks, std::optional<EvaluatedRun> run,
                                       at::Device device)
    : options_(std::move(options)),
      images_(std::move(images)),
      fingerprint_(images_.fingerprint()),
      image_size_(image_size),
      hooks_(std::move(hooks)),
      extractor_(make_extractor(options_.features, device)) {
  options_.validate();
  options_.require_images(images_.size());
  require_probabilities(extractor_, Resizing::none, image_size_, options_.metrics, "evaluation.metrics");
  if (!run) return;
  folder_ = run->folder;
  best_.emplace(run->folder, std::move(run->run), fingerprint_, extractor_.identity(),
                [warning = hooks_.warning](std::int64_t step, const std::string& message) {
                  if (warning) warning(step, message);
                });
}

void EvaluationObserver::report(std::string_view stage, std::int64_t done, std::int64_t total) const {
  if (hooks_.should_stop && hooks_.should_stop()) throw Canceled{};
  if (hooks_.progress) hooks_.progress(stage, done, total);
}

void EvaluationObserver::warn(std::int64_t step, const std::string& message) const {
  if (hooks_.warning) hooks_.warning(step, message);
}

FeatureOrigin EvaluationObserver::origin() const {
  return {.extractor = extractor_.name(), .is_inception = extractor_.is_inception(), .resizing = Resizing::none};
}

// Not from a cache: the fingerprint of training data knows the content of some images alone.
FeatureSet EvaluationObserver::features_of_reals(std::int64_t step) {
  const AtEnd end{hooks_.progress_ended};
  FeatureCollector collector(extractor_, Resizing::none);
  collect_features(images_, choose_images(images_.size(), options_.real_count, latent_seed),
                   {.what = "features of real images",
                    .image_size = image_size_,
                    .batch_size = evaluation_batch,
                    .warn = [&](const std::string& message) { warn(step, message); },
                    .progress = [this](std::string_view stage, std::int64_t done,
                                       std::int64_t total) { report(stage, done, total); }},
                   collector);
  return collector.features();
}

void EvaluationObserver::on_start(const TrainerView& trainer) {
  images_before_ = trainer.images();
  if (best_) best_->find(trainer.step());
  try {
    reals_ = features_of_reals(trainer.step());
  } catch (const Canceled&) {
    return;
  }
  options_.require_images(reals_.size());  // some may have been unreadable
  const std::vector<std::string> reasons = evaluation_warnings(options_.evaluation_options(), origin(),
                                                               reals_.features.size(1), reals_.size(), options_.count);
  if (!reasons.empty() && hooks_.few_images) hooks_.few_images(trainer.step(), reasons);
  const LastEvaluation last = folder_ ? last_evaluation(folder_->metrics()) : LastEvaluation{};
  evaluated_step_ = last.step;
  // A run that ended between its checkpoint and its evaluation, or that is evaluated from now on.
  if (crosses_multiple(last.kimg * 1000, static_cast<double>(trainer.images()), options_.every_kimg * 1000))
    evaluate_unless_stopped(trainer);
}

void EvaluationObserver::on_step(const TrainerView& trainer, const StepResult&) {
  const bool due = crosses_multiple(static_cast<double>(images_before_), static_cast<double>(trainer.images()),
                                    options_.every_kimg * 1000);
  images_before_ = trainer.images();
  if (due) evaluate_unless_stopped(trainer);
}

void EvaluationObserver::on_end(const TrainerView& trainer, StopReason reason) {
  if (reason == StopReason::finished && evaluated_step_ != trainer.step()) evaluate_unless_stopped(trainer);
}

void EvaluationObserver::evaluate_unless_stopped(const TrainerView& trainer) {
  if (reals_.size() == 0) return;  // canceled before they were read
  Evaluation evaluation;
  try {
    evaluation = evaluate_now(trainer);
  } catch (const Canceled&) {
    if (hooks_.canceled) hooks_.canceled(trainer.step(), kimg_of(trainer));
    return;
  }
  evaluated_step_ = trainer.step();
  record(trainer, evaluation);
  if (hooks_.evaluated) hooks_.evaluated({trainer.step(), kimg_of(trainer), std::move(evaluation)});
}

Evaluation EvaluationObserver::evaluate_now(const TrainerView& trainer) {
  const AtEnd end{hooks_.progress_ended};
  const StageProgress progress = [this](std::string_view stage, std::int64_t done, std::int64_t total) {
    report(stage, done, total);
  };
  const FeatureSet fakes = features_of_fakes({.count = options_.count,
                                              .batch_size = evaluation_batch,
                                              .seed = latent_seed,
                                              .latent_size = trainer.latent_size(),
                                              .progress = progress},
                                             [&](const Tensor& latents) { return trainer.sample(latents); },
                                             {extractor_, Resizing::none, needs_probabilities(options_.metrics)});
  return evaluate(reals_, fakes, origin(), options_.evaluation_options(), progress);
}

/// Writes the metrics to the run's folder, if there is one.
void EvaluationObserver::record(const TrainerView& trainer, const Evaluation& evaluation) {
  if (!folder_) return;
  folder_->require_owned();
  // Before the row: a run that was killed between the two evaluates again, and loses neither.
  try {
    best_->keep_if_best(trainer, evaluation.metric(options_.best));
  } catch (const Error& error) {  // a full disk ends no training
    warn(trainer.step(), fmt::format("the best checkpoint is not kept: {}", error.what()));
  }
  EvaluationRow row{.step = trainer.step(), .kimg = kimg_of(trainer), .metrics = {}};
  const std::string checksum = extractor_.file_sha256().substr(0, 8);
  const Resizing resizing = evaluation.origin.resizing;
  const std::string digits_of_data_fingerprint = fingerprint_.substr(fingerprint_.find(':') + 1, 8);
  for (const MetricValue& metric : evaluation.metrics) {
    const MetricInfo& info = metric_info(metric.key);
    row.metrics.push_back(
        {.key = metric.key,
         .name = metric.name,
         .value = metric.value,
         .spread = metric.spread,
         .lower_is_better = lower_is_better(info.direction),
         .target = info.direction == Direction::target ? std::optional(info.target) : std::nullopt,
         .fakes = metric.fake_count,
         .reals = metric.real_count,
         .data = fmt::format("{} images {}", enum_name(options_.partition), digits_of_data_fingerprint),
         .extractor = evaluation.origin.extractor + (checksum.empty() ? "" : " " + checksum),
         .resize = resizing == Resizing::none ? "" : std::string(enum_name(resizing))});
  }
  append_evaluation(folder_->metrics(), row);
}

}  // namespace cspgan
