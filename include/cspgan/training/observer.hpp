// Observers are notified of what happens in a run; they do not change it.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "cspgan/core/safetensors.hpp"
#include "cspgan/core/value.hpp"
#include "cspgan/training/step_result.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The view that observers have of the trainer. Nothing here changes the run.
class TrainerView {
 public:
  virtual ~TrainerView() = default;

  virtual std::int64_t step() const = 0;    // steps done
  virtual std::int64_t images() const = 0;  // real images shown
  virtual std::int64_t total_images() const = 0;
  virtual std::int64_t latent_size() const = 0;
  /// Images in [-1, 1], float32 [N, C, H, W] on the CPU, of the EMA generator in evaluation mode; latents [N, Z].
  virtual Tensor sample(const Tensor& latents) const = 0;
  /// Puts everything that a resume needs into `file`. The tensors share memory with the trainer's, so write the file
  /// before the next step. Waits for the device. Throws NonFiniteError, instead of saving, if a value is not finite.
  virtual void save(TensorFile& file) const = 0;
};

/// Why a run ended: its length was reached, should_stop returned true, there was no next batch (the trainer is as the
/// last step left it, and can be saved), or another error occurred.
enum class StopReason { finished, asked, no_data, failed };

/// Override what you need. Hooks run on the training thread between steps.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_start(const TrainerView&) {}
  virtual void on_step(const TrainerView&, const StepResult&) {}
  /// Called once per log interval, before on_step, so that whoever saves a step in on_step knows it to be in the log.
  /// When a run is asked to stop between two intervals, called after on_step, too. The record has step, kimg, means of
  /// all scalars since the last one, learning rates, images_per_second, wait_share (the share of the training time
  /// spent waiting for data) and observer_share (the share of all the time spent in observers, which images_per_second
  /// leaves out).
  virtual void on_log(const TrainerView&, const Value& /*record*/) {}
  /// Called at the end of the run, also after an error (failed). After an error, the trainer may be in the middle of a
  /// step, so do not save its state.
  virtual void on_end(const TrainerView&, StopReason) {}
};

using Observers = std::vector<std::shared_ptr<Observer>>;

/// How long a run is and how often it reports. Exactly one of kimg, epochs and steps gives the whole length of
/// the run, including the part before a resume.
struct RunOptions {
  std::optional<double> kimg = {};
  std::optional<double> epochs = {};
  std::optional<std::int64_t> steps = {};
  std::int64_t log_every = 10;             // steps
  std::function<bool()> should_stop = {};  // called before the first step and after each; true ends the run

  /// The length in images of a run that has done `steps_done` steps with `images_done` images. Throws OptionError
  /// unless exactly one length is given and positive.
  std::int64_t total_images(std::int64_t data_size, std::int64_t batch_size, std::int64_t steps_done = 0,
                            std::int64_t images_done = 0) const;
};

/// How a run ended; the counts include the part before a resume.
struct RunSummary {
  StopReason reason = StopReason::finished;
  std::int64_t steps = 0;   // in all
  std::int64_t images = 0;  // in all
};

/// True if a multiple of `every` lies in (before, after]; never if `every` is 0 or less.
inline bool crosses_multiple(double before, double after, double every) {
  return every > 0 && std::floor(after / every) > std::floor(before / every);
}

}  // namespace cspgan
