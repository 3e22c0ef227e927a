// Observers are told what happens in a run; they change nothing in it.
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

/// What an observer may ask of the trainer. Nothing here changes the run.
class TrainerView {
 public:
  virtual ~TrainerView() = default;

  virtual std::int64_t step() const = 0;    // steps done
  virtual std::int64_t images() const = 0;  // real images shown
  virtual std::int64_t total_images() const = 0;
  virtual std::int64_t latent_size() const = 0;
  /// Images in [-1, 1], float32 [N, 3, H, W] on the CPU, of the EMA generator in evaluation mode; latents [N, Z].
  virtual Tensor sample(const Tensor& latents) const = 0;
  /// All that a resume needs, as tensors that share memory with the trainer's: write the file before the next step.
  /// Waits for the device; throws NonFiniteError rather than keep a ruined state.
  virtual void save(TensorFile& file) const = 0;
};

enum class StopReason { finished, asked, failed };

/// Override what you need. Hooks run on the training thread between steps.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_start(const TrainerView&) {}
  virtual void on_step(const TrainerView&, const StepResult&) {}
  /// Once each log interval: step, kimg, means of all scalars since the last, learning rates, images_per_second,
  /// wait_share (the share of the training time spent waiting for data) and observer_share (the share of all the time
  /// spent in observers, which images_per_second leaves out).
  virtual void on_log(const TrainerView&, const Value& /*record*/) {}
  /// Also after an error (failed), in the middle of a step perhaps: then there is nothing to save.
  virtual void on_end(const TrainerView&, StopReason) {}
};

using Observers = std::vector<std::shared_ptr<Observer>>;

/// How long a run is and how often it reports. Exactly one of kimg, epochs and steps is the run's whole length, what
/// was done before a resume included.
struct RunOptions {
  std::optional<double> kimg = {};
  std::optional<double> epochs = {};
  std::optional<std::int64_t> steps = {};
  std::int64_t log_every = 10;             // steps
  std::function<bool()> should_stop = {};  // asked after each step; true ends the run at a step's border

  /// In images; throws OptionError unless exactly one length is given and positive.
  std::int64_t total_images(std::int64_t data_size, std::int64_t batch_size) const;
};

struct RunSummary {
  StopReason reason = StopReason::finished;
  std::int64_t steps = 0;   // in all
  std::int64_t images = 0;  // in all
};

/// True when a multiple of `every` lies in (before, after]; never if `every` is 0 or less.
inline bool crosses_multiple(double before, double after, double every) {
  return every > 0 && std::floor(after / every) > std::floor(before / every);
}

}  // namespace cspgan
