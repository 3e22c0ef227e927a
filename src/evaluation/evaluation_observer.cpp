// Evaluation between the steps of a training.
#include "cspgan/evaluation/evaluation_observer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "cspgan/core/error.hpp"
#include "cspgan/core/options.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/terminal/progress.hpp"
#include "cspgan/programs/sampling.hpp"
#include "cspgan/report/evaluation_row.hpp"
#include "cspgan/report/images.hpp"
#include "cspgan/report/metrics_log.hpp"
#include "cspgan/training/checkpoints.hpp"
#include "evaluation/image_features.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

constexpr std::int64_t batch_size = 64;
constexpr std::uint64_t latent_seed = 0;  // of all runs: figures of two runs differ by their generators alone

EvaluationOptions options_of(const TrainingEvaluationOptions& options) {
  EvaluationOptions figures;
  figures.metrics = options.metrics;
  return figures;
}

/// Ends an evaluation that the program has no time for.
struct Cancelled {};

/// Where in the run figures were taken last, in steps and in thousands of images; zeros where they never were.
struct Moment {
  std::int64_t step = -1;
  double kimg = 0;
};
Moment last_evaluated(const std::filesystem::path& metrics) {
  Moment last;
  if (!std::filesystem::exists(metrics)) return last;
  for (const Value& row : read_metrics(metrics).rows) {
    const Value* const kind = row.find("kind");
    const Value* const step = row.find("step");
    const Value* const kimg = row.find("kimg");
    if (kind == nullptr || !(*kind == Value(evaluation_kind)) || step == nullptr || !step->is_number() ||
        kimg == nullptr || !kimg->is_number() || step->number() <= static_cast<double>(last.step))
      continue;
    last = {static_cast<std::int64_t>(step->number()), kimg->number()};
  }
  return last;
}

}  // namespace

void TrainingEvaluationOptions::require_images(std::int64_t images) const {
  const std::int64_t reals = real_count == 0 ? images : std::min(real_count, images);
  require_enough_images(options_of(*this), reals, count,
                        "change evaluation.count, evaluation.real_count or evaluation.metrics, or give more images");
}

void TrainingEvaluationOptions::validate() const {
  if (!(every_kimg >= 0 && every_kimg <= 1e9))
    throw OptionError(fmt::format("evaluation: every_kimg must be in [0, 1e9], not {}", every_kimg));
  if (count < 2 || count > most_images)
    throw OptionError(fmt::format("evaluation: count must be in [2, {}], not {}", most_images, count));
  if (real_count < 0 || real_count == 1)
    throw OptionError(fmt::format("evaluation: real_count must be >= 2, or 0 for all, not {}", real_count));
  options_of(*this).validate();
  std::vector<std::string> keys = figure_keys(metrics);
  std::erase_if(keys, [](const std::string& key) { return !lower_is_better(key); });
  if (std::ranges::find(keys, best) == keys.end())
    throw OptionError(
        fmt::format("evaluation: best = '{}' is none of the figures that are taken and have a better and a worse: {}",
                    best, fmt::join(keys, ", ")));
}

EvaluationObserver::EvaluationObserver(RunFolder folder, TrainingEvaluationOptions options, AnyImageSource images,
                                       std::int64_t image_size, at::Device device, Value run, EvaluationHooks hooks)
    : folder_(std::move(folder)),
      options_(std::move(options)),
      images_(std::move(images)),
      fingerprint_(images_.fingerprint()),
      image_size_(image_size),
      extractor_(make_extractor(options_.features, device)),
      run_(std::move(run)),
      hooks_(std::move(hooks)) {
  options_.validate();
  options_.require_images(images_.size());
  require_probabilities(extractor_, Resizing::none, image_size_, options_.metrics, "evaluation.metrics");
}

void EvaluationObserver::check_stop() const {
  if (hooks_.should_stop && hooks_.should_stop()) throw Cancelled{};
}

void EvaluationObserver::warn(std::int64_t step, const std::string& message) const {
  if (hooks_.warning) return hooks_.warning(step, message);
  erase_progress();
  say(stderr, "warning: {}\n", one_line(message));
}

void EvaluationObserver::on_start(const TrainerView& trainer) {
  images_before_ = trainer.images();
  find_best(trainer.step());
  try {
    reals_ = features_of_reals(trainer.step());
  } catch (const Cancelled&) {
    return;
  }
  options_.require_images(reals_.size());  // some may have been unreadable
  for (const std::string& doubt :
       doubts(options_of(options_), origin(), reals_.features.size(1), reals_.size(), options_.count))
    warn(trainer.step(), fmt::format("{} (evaluation.count, evaluation.real_count)", doubt));
  const Moment last = last_evaluated(folder_.metrics());
  evaluated_step_ = last.step;
  // A run that ended between its checkpoint and its evaluation, or that is evaluated from now on.
  if (crosses_multiple(last.kimg * 1000, static_cast<double>(trainer.images()), options_.every_kimg * 1000))
    evaluate_now(trainer);
}

/// Under a name of its own.
void EvaluationObserver::set_best_aside(std::int64_t step, const std::string& why) {
  const std::filesystem::path file = best_checkpoint();
  std::filesystem::path aside = file.string() + ".replaced";
  for (int number = 2; std::filesystem::exists(aside); ++number)
    aside = fmt::format("{}.replaced-{}", file.string(), number);
  warn(step, fmt::format("{}; it is kept as {}", why, aside.string()));
  std::filesystem::rename(file, aside);
}

/// Takes up what best.safetensors says of itself, if it is whole and of this run up to `step`; else sets it aside.
void EvaluationObserver::find_best(std::int64_t step) {
  best_ = Value();
  if (!std::filesystem::exists(best_checkpoint())) return;
  try {
    const Checkpoint checkpoint = load_checkpoint(best_checkpoint());
    const Value* const best = checkpoint.run.find("best");
    if (checkpoint.step > step)
      set_best_aside(step, "the best checkpoint is of a later step than the run goes on from");
    else if (best != nullptr)
      best_ = *best;
  } catch (const Error& error) {
    set_best_aside(step, error.what());
  }
}

/// All that makes values of a figure comparable, and the value.
Value EvaluationObserver::setting_of(const Figure& figure) const {
  return Value::Object{{"key", figure.key},          {"name", figure.name},  {"reals", figure.real_count},
                       {"fakes", figure.fake_count}, {"data", fingerprint_}, {"extractor", extractor_.identity()}};
}

void EvaluationObserver::on_step(const TrainerView& trainer, const StepResult&) {
  const bool due =
      crosses_multiple(static_cast<double>(images_before_), static_cast<double>(trainer.images()), options_.every_kimg * 1000);
  images_before_ = trainer.images();
  if (due) evaluate_now(trainer);
}

void EvaluationObserver::on_end(const TrainerView& trainer, StopReason reason) {
  if (reason == StopReason::finished && evaluated_step_ != trainer.step()) evaluate_now(trainer);
}

FeatureOrigin EvaluationObserver::origin() const {
  return {.extractor = extractor_.name(), .is_inception = extractor_.is_inception(), .resizing = Resizing::none};
}

// Not from the cache: the fingerprint of training data knows names and sizes, not content.
FeatureSet EvaluationObserver::features_of_reals(std::int64_t step) {
  FeatureCollector collector(extractor_, Resizing::none);
  collect_features(images_, choose_images(images_.size(), options_.real_count, latent_seed),
                   {.what = "features of real images",
                    .image_size = image_size_,
                    .batch_size = batch_size,
                    .warn = [&](const std::string& message) { warn(step, message); },
                    .transient = TransientBar{},
                    .before_batch = [this] { check_stop(); }},
                   collector);
  return collector.features();
}

/// The figures of one moment as a row of metrics.jsonl.
EvaluationRow EvaluationObserver::row_of(const Evaluation& evaluation, const TrainerView& trainer) const {
  EvaluationRow row{.step = trainer.step(), .kimg = static_cast<double>(trainer.images()) / 1000, .figures = {}};
  const std::string checksum = extractor_.file_sha256().substr(0, 8);
  const std::string digits_of_data_fingerprint = fingerprint_.substr(fingerprint_.find(':') + 1, 8);
  const Resizing resizing = evaluation.origin.resizing;
  for (const Figure& figure : evaluation.figures) {
    const std::optional<double> target = target_of(figure.key);
    row.figures.push_back(
        {.key = figure.key,
         .name = figure.name,
         .value = figure.value,
         .spread = figure.spread,
         .lower_is_better = target ? std::nullopt : lower_is_better(figure.key),
         .target = target,
         .fakes = figure.fake_count,
         .reals = figure.real_count,
         .data = fmt::format("{} images {}", enum_name(options_.partition), digits_of_data_fingerprint),
         .extractor = evaluation.origin.extractor + (checksum.empty() ? "" : " " + checksum),
         .resize = resizing == Resizing::none ? "" : std::string(enum_name(resizing))});
  }
  return row;
}

void EvaluationObserver::evaluate_now(const TrainerView& trainer) {
  if (reals_.size() == 0) return;  // given up
  try {
    evaluate_whole(trainer);
  } catch (const Cancelled&) {
    erase_progress();
    say(stderr, "the evaluation at {:.1f} kimg is given up; it is taken when the run goes on\n",
        static_cast<double>(trainer.images()) / 1000);
  }
}

void EvaluationObserver::evaluate_whole(const TrainerView& trainer) {
  const TransientBar transient;
  const FeatureSet fakes = features_of_fakes(
      "evaluation: fakes", options_.count, batch_size, latent_seed, trainer.latent_size(),
      [&](const Tensor& latents) {
        check_stop();
        return trainer.sample(latents);
      },
      {extractor_, Resizing::none, needs_probabilities(options_.metrics)}, transient);
  const auto bars = stage_bars("evaluation: ", transient);
  const Evaluation evaluation = evaluate(reals_, fakes, origin(), options_of(options_),
                                         [&](std::string_view what, std::int64_t done, std::int64_t total) {
                                           check_stop();
                                           bars(what, done, total);
                                         });
  evaluated_step_ = trainer.step();
  // Before the row: a run that was killed between the two evaluates again, and loses neither.
  try {
    keep_if_best(trainer, evaluation);
  } catch (const Error& error) {  // a full disk ends no training
    warn(trainer.step(), fmt::format("the best checkpoint is not kept: {}", error.what()));
  }
  append_evaluation(folder_.metrics(), row_of(evaluation, trainer));
  std::string line;
  for (const Figure& figure : evaluation.figures)
    line += fmt::format("{}{} {:.4g}", line.empty() ? "" : ", ", figure.name, figure.value);
  erase_progress();
  say(stdout, "evaluation at {:.1f} kimg: {}\n", static_cast<double>(trainer.images()) / 1000, line);
  std::fflush(stdout);
  if (hooks_.figure)
    for (const Figure& figure : evaluation.figures) hooks_.figure(trainer.step(), figure.key, figure.value);
}

void EvaluationObserver::keep_if_best(const TrainerView& trainer, const Evaluation& evaluation) {
  const Figure& figure = evaluation.figure(options_.best);
  if (!std::isfinite(figure.value)) return;
  Value setting = setting_of(figure);
  if (best_.is_object()) {
    Value before = setting;
    before.set("value", best_.at("value"));
    if (!(before == best_))
      set_best_aside(trainer.step(), fmt::format("the best checkpoint was chosen by a figure that was taken otherwise "
                                                 "({}); it is chosen anew",
                                                 to_json(best_)));
    else if (!is_better(figure.key, figure.value, best_.at("value").number()))
      return;
  }
  setting.set("value", figure.value);
  best_ = setting;
  Value run = run_;
  run.set("best", std::move(setting));
  TensorFile state;
  trainer.save(state);
  save_checkpoint(best_checkpoint(), std::move(state), trainer.step(), run);
}

std::filesystem::path EvaluationObserver::best_checkpoint() const { return folder_.checkpoints() / "best.safetensors"; }

}  // namespace cspgan
