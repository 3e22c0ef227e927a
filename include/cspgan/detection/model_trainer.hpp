// Trains a ReconstructionModel: one network, one optimizer, and everything needed to stop and resume.
#pragma once

#include <cstdint>
#include <string>

#include "cspgan/core/device.hpp"
#include "cspgan/detection/reconstruction_model.hpp"
#include "cspgan/training/batch_source.hpp"
#include "cspgan/training/fit.hpp"
#include "cspgan/training/observer.hpp"
#include "cspgan/training/optimizers.hpp"
#include "cspgan/training/schedules.hpp"
#include "cspgan/training/trainer_options.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Options of a ModelTrainer. Seed and device are not described fields, because a run has one of each.
struct ModelTrainerOptions {
  std::uint64_t seed = 1;  // of the randomness of the loss
  AnyOptimizer optimizer = Adam{.learning_rate = 1e-3, .beta1 = 0.9};
  AnySchedule schedule = CosineDecay{};
  std::string device = "auto";  // auto, cpu, cuda or cuda:<index>
  bool channels_last = true;

  static void describe(auto&& self, auto&& field) {
    field("optimizer", self.optimizer, "algorithm that updates the weights");
    field("schedule", self.schedule, "how the learning rate changes over the run");
    field("channels_last", self.channels_last, "store pictures and weights channels-last, which is faster");
  }
};

/// Trains a model on good pictures. The model is shared with the caller. Stopping after any step, saving, and loading
/// into a trainer with the same arguments continues the run to the same bits, on the same machine with the same number
/// of threads.
class ModelTrainer {
 public:
  /// Throws OptionError if the device is not there.
  explicit ModelTrainer(AnyReconstructionModel model, ModelTrainerOptions options = {});

  /// One step on pictures uint8 [N, C, H, W], or float in [-1, 1], and their classes, the labels' only column.
  StepResult step(const Batch& batch);

  /// Trains until the whole length of the run is reached or `should_stop` returns true.
  template <BatchSource Batches>
  RunSummary fit(Batches& batches, const RunOptions& run, const Observers& observers = {}) {
    data_size_ = batches.size();
    total_images_ = run.total_images(data_size_, batches.batch_size());
    batches.seek(images_);
    return cspgan::fit(*this, batches, total_images_, run, observers, View(*this));
  }

  /// Puts all state into `file`: a snapshot that further training does not change. Throws NonFiniteError, instead of
  /// saving, if a value is not finite.
  void save(TensorFile& file) const { save(file, Copies::all); }
  /// Restores what `save` wrote. If a tensor is missing or has another shape, throws Error naming it and leaves the
  /// trainer unchanged.
  void load(const TensorFile& file);

  const AnyReconstructionModel& model() const { return model_; }
  at::Device device() const { return device_; }
  std::int64_t steps() const { return step_; }
  std::int64_t images() const { return images_; }
  /// step, kimg, epoch if the size of the data is known, the means since the last call, and the learning rate. Waits
  /// for the device. Throws NonFiniteError if a value was not finite.
  Value log_record(ScalarMeans& means) const;

 private:
  class View final : public TrainerView {
   public:
    explicit View(const ModelTrainer& trainer) : trainer_(trainer) {}
    std::int64_t step() const override { return trainer_.step_; }
    std::int64_t images() const override { return trainer_.images_; }
    std::int64_t total_images() const override { return trainer_.total_images_; }
    std::int64_t latent_size() const override { return trainer_.model_->latent_size(); }
    Tensor sample(const Tensor& latents) const override { return trainer_.sample(latents); }
    void save(TensorFile& file) const override { trainer_.save(file, Copies::none); }

   private:
    const ModelTrainer& trainer_;
  };

  void save(TensorFile& file, Copies copies) const;
  void write(TensorFile& file, Copies copies) const;
  void read(const TensorFile& file);
  /// Pictures of latents; those with classes are of the first one.
  Tensor sample(const Tensor& latents) const;
  Progress progress() const;

  AnyReconstructionModel model_;
  ModelTrainerOptions options_;
  at::Device device_;
  Optimizer optimizer_;
  TensorRandom random_;
  NonFiniteGuard guard_;
  std::int64_t step_ = 0, images_ = 0, data_size_ = 0, total_images_ = 0;
};

}  // namespace cspgan
