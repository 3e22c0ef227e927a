// The loop around the steps: batches, observers, log records, the end of a run.
#pragma once

#include <chrono>
#include <cstdint>

#include "cspgan/training/batch_source.hpp"
#include "cspgan/training/observer.hpp"
#include "cspgan/training/step_result.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The observers of one run. An observer that throws hides no other error and starves no other observer: the run ends
/// as failed, each observer that was started is told so, and what others throw then is noted in the first error
/// (Error::also).
class ObserverCalls {
 public:
  ObserverCalls(const Observers& observers, const TrainerView& view) : observers_(observers), view_(view) {}

  /// Throws what the first observer threw that cannot start; those before it have then been told of the end.
  void start();
  void step(const StepResult& result);
  void log(const Value& record);
  /// Throws the first error of an observer, after all have been told.
  void end(StopReason reason);
  /// To be called in a handler: tells all that the run failed, and throws the error at hand again.
  [[noreturn]] void fail();

 private:
  std::vector<std::exception_ptr> end_all(StopReason reason);
  const Observers& observers_;
  const TrainerView& view_;
  std::size_t started_ = 0;
};

/// Where the time of a log interval went.
class IntervalClock {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Part { data, step, observers };

  /// Adds the time since the last call (or since the interval began) to a part.
  void lap(Part part);
  void count(std::int64_t images) { images_ += images; }
  /// images_per_second (images over the time of data and steps), wait_share (of that time, waiting for data) and
  /// observer_share (of all the time, spent in observers: pictures, checkpoints, reports, evaluations). Starts anew.
  void report(Value& record);

 private:
  Clock::time_point last_ = Clock::now();
  std::array<Clock::duration, 3> parts_{};
  std::int64_t images_ = 0;
};

/// Trains until the run's whole length is reached or `should_stop` says so. `trainer` has step(Tensor), images(),
/// steps() and log_record(ScalarMeans&).
template <class Trainer, BatchSource Batches>
RunSummary fit(Trainer& trainer, Batches& batches, std::int64_t total_images, const RunOptions& run,
               const Observers& observers, const TrainerView& view) {
  using Part = IntervalClock::Part;
  ObserverCalls calls(observers, view);
  calls.start();
  StopReason reason = StopReason::finished;
  try {
    ScalarMeans means;
    IntervalClock clock;
    while (trainer.images() < total_images && reason != StopReason::asked) {
      const Tensor batch = static_cast<Batch>(batches.next()).images;
      clock.lap(Part::data);
      const StepResult result = trainer.step(batch);
      means.add(result);
      clock.count(batch.size(0));
      clock.lap(Part::step);
      calls.step(result);
      clock.lap(Part::observers);
      if (run.should_stop && run.should_stop()) reason = StopReason::asked;
      if (trainer.steps() % run.log_every == 0 || reason == StopReason::asked || trainer.images() >= total_images) {
        Value record = trainer.log_record(means);
        clock.lap(Part::step);  // reading the means waits for the device
        clock.report(record);
        calls.log(record);
        clock.lap(Part::observers);
      }
    }
  } catch (...) {
    calls.fail();
  }
  calls.end(reason);
  return {reason, trainer.steps(), trainer.images()};
}

}  // namespace cspgan
