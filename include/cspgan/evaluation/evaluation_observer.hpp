// Figures about the generator while it is trained, and the best checkpoint by one of them.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cspgan/data/image_source.hpp"
#include "cspgan/data/partition.hpp"
#include "cspgan/metrics/evaluation.hpp"
#include "cspgan/metrics/feature_extractor.hpp"
#include "cspgan/metrics/feature_set.hpp"
#include "cspgan/report/evaluation_row.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/training/observer.hpp"

namespace [[gnu::visibility("default")]] cspgan {

struct TrainingEvaluationOptions {
  double every_kimg = 0;
  std::int64_t count = 2000;
  std::int64_t real_count = 10'000;
  Partition partition = Partition::train;
  std::string features = "builtin";
  std::vector<Metric> metrics{Metric::fid, Metric::kid, Metric::prdc, Metric::one_nn};
  std::string best = "fid";

  static void describe(auto&& self, auto&& field) {
    field("every_kimg", self.every_kimg, "thousands of images between two evaluations, >= 0; 0: no evaluation");
    field("count", self.count, "number of generated images, from the same latents each time, >= 2");
    field("real_count", self.real_count, "number of real images they are compared with, >= 2; 0: all");
    field("partition", self.partition, "part of CelebA that the real images are from");
    field("features", self.features,
          "feature extractor: builtin, or the path of a TorchScript network such as inception-2015-12-05.pt");
    field("metrics", self.metrics, "list of the metrics to compute");
    field("best", self.best, "metric by which checkpoints/best.safetensors is chosen: fid, kid, precision, ...");
  }
  /// Throws OptionError naming the value.
  void validate() const;
  /// Throws OptionError where so many real images are too few for the metrics.
  void require_images(std::int64_t images) const;
  friend bool operator==(const TrainingEvaluationOptions&, const TrainingEvaluationOptions&) = default;
};

/// What an EvaluationObserver tells the program and asks it; each may be left out.
struct EvaluationHooks {
  std::function<void(std::int64_t step, const std::string& key, double value)> figure = {};
  std::function<void(std::int64_t step, const std::string& message)> warning = {};  // printed where it is left out
  std::function<bool()> should_stop = {};  // then an evaluation is given up, to be taken when the run goes on
};

/// Each `every_kimg`, and at the end of a run that reaches its length: figures about the averaged generator against
/// real images, as rows of metrics.jsonl (report/evaluation.hpp). checkpoints/best.safetensors is the
/// state whose `best` figure is the best so far. Draws on no randomness of the run: its weights are the same bits with
/// and without evaluation.
class EvaluationObserver final : public Observer {
 public:
  /// `images`: the real ones, brought to `image_size` pixels as the training's are; `run` is what checkpoints say of
  /// the run. Throws OptionError naming the option where the images are too few for the metrics or the extractor gives
  /// no probabilities for an Inception score, Error where there is no such extractor.
  EvaluationObserver(RunFolder folder, TrainingEvaluationOptions options, AnyImageSource images,
                     std::int64_t image_size, at::Device device, Value run, EvaluationHooks hooks = {});

  void on_start(const TrainerView& trainer) override;
  void on_step(const TrainerView& trainer, const StepResult& result) override;
  void on_end(const TrainerView& trainer, StopReason reason) override;

 private:
  FeatureOrigin origin() const;
  void evaluate_now(const TrainerView& trainer);
  void evaluate_whole(const TrainerView& trainer);
  void check_stop() const;
  void warn(std::int64_t step, const std::string& message) const;
  EvaluationRow row_of(const Evaluation& evaluation, const TrainerView& trainer) const;
  void set_best_aside(std::int64_t step, const std::string& why);
  FeatureSet features_of_reals(std::int64_t step);
  void keep_if_best(const TrainerView& trainer, const Evaluation& evaluation);
  void find_best(std::int64_t step);
  Value setting_of(const Figure& figure) const;
  std::filesystem::path best_checkpoint() const;

  RunFolder folder_;
  TrainingEvaluationOptions options_;
  AnyImageSource images_;
  std::string fingerprint_;
  std::int64_t image_size_;
  AnyFeatureExtractor extractor_;
  Value run_;
  EvaluationHooks hooks_;
  FeatureSet reals_;
  Value best_;  // null, or what best.safetensors says of itself: the figure and how it was taken
  std::int64_t images_before_ = 0;
  std::int64_t evaluated_step_ = -1;
};

}  // namespace cspgan
