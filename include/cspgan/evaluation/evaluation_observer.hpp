// Evaluates the generator while it is trained, and keeps the best checkpoint by one of the metrics.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/data/image_source.hpp"
#include "cspgan/evaluation/best_checkpoint.hpp"
#include "cspgan/evaluation/training_evaluation.hpp"
#include "cspgan/metrics/evaluation.hpp"
#include "cspgan/metrics/feature_extractor.hpp"
#include "cspgan/metrics/feature_set.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/training/observer.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// An evaluation and where in the run it was made.
struct TrainingEvaluation {
  std::int64_t step = 0;
  double kimg = 0;  // thousands of real images shown
  Evaluation evaluation;
};

/// The functions that an EvaluationObserver calls; each may be left out.
struct EvaluationHooks {
  std::function<void(const TrainingEvaluation&)> evaluated = {};
  std::function<void(std::int64_t step, const std::string& message)> warning = {};
  /// Called at the start if metrics of so few images are unreliable, with a sentence for each reason.
  std::function<void(std::int64_t step, const std::vector<std::string>& reasons)> few_images = {};
  /// Called often during an evaluation; true cancels it. It is made up for when the run goes on.
  std::function<bool()> should_stop = {};
  std::function<void(std::int64_t step, double kimg)> canceled = {};
  StageProgress progress = {};  // for each evaluation, and for the real images before the first
  /// Called when the work that `progress` was told of is over or canceled, before `evaluated` and `canceled`.
  std::function<void()> progress_ended = {};
};

/// The run to whose folder an EvaluationObserver writes.
struct EvaluatedRun {
  RunFolder folder;
  Value run{Value::Object{}};  // the description of the run that checkpoints hold
};

/// Computes metrics of the EMA generator against real images every `every_kimg`, and at the end of a run that reaches
/// its length. If the run has a folder, each evaluation becomes a row of its metrics.jsonl (report/evaluation_row.hpp),
/// and checkpoints/best.safetensors holds the state with the best value so far of the metric `best`. An evaluation that
/// a killed run missed is made when the run goes on. The observer prints nothing and uses none of the run's random
/// numbers: the run's weights are the same to the bit with and without evaluation.
class EvaluationObserver final : public Observer {
 public:
  /// `images` are the real ones; they are cropped and resized to `image_size` pixels, as for training. Throws
  /// OptionError naming the option if there are too few images for the metrics, or if the extractor gives no
  /// probabilities for an Inception score; Error if there is no such extractor.
  EvaluationObserver(TrainingEvaluationOptions options, AnyImageSource images, std::int64_t image_size,
                     EvaluationHooks hooks = {}, std::optional<EvaluatedRun> run = {}, at::Device device = at::kCPU);

  void on_start(const TrainerView& trainer) override;
  void on_step(const TrainerView& trainer, const StepResult& result) override;
  void on_end(const TrainerView& trainer, StopReason reason) override;

 private:
  FeatureOrigin origin() const;
  FeatureSet features_of_reals(std::int64_t step);
  Evaluation evaluate_now(const TrainerView& trainer);
  void evaluate_unless_stopped(const TrainerView& trainer);
  void report(std::string_view stage, std::int64_t done, std::int64_t total) const;
  void warn(std::int64_t step, const std::string& message) const;
  void record(const TrainerView& trainer, const Evaluation& evaluation);

  TrainingEvaluationOptions options_;
  AnyImageSource images_;
  std::string fingerprint_;
  std::int64_t image_size_;
  EvaluationHooks hooks_;
  AnyFeatureExtractor extractor_;
  std::optional<RunFolder> folder_;
  std::optional<BestCheckpoint> best_;
  FeatureSet reals_;
  std::int64_t images_before_ = 0;
  std::int64_t evaluated_step_ = -1;
};

}  // namespace cspgan
