// The training loop: batches, steps, observers, log records, and the end of a run.
#pragma once

#include <chrono>
#include <cstdint>

#include "cspgan/training/batch_source.hpp"
#include "cspgan/training/observer.hpp"
#include "cspgan/training/step_result.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The observers of one run. If one throws, the run ends as failed, and every observer that was started gets on_end().
/// Errors thrown there are added to the first error (Error::also), so that none is lost.
class ObserverCalls {
 public:
  ObserverCalls(const Observers& observers, const TrainerView& view) : observers_(observers), view_(view) {}

  /// If an observer cannot start, calls on_end() of those before it and rethrows its error.
  void start();
  void step(const StepResult& result);
  void log(const Value& record);
  /// Calls on_end() of all observers, then throws the first error, if any.
  void end(StopReason reason);
  /// Must be called in a catch block. Calls on_end() of all observers and rethrows the current error.
  [[noreturn]] void fail(StopReason reason = StopReason::failed);

 private:
  std::vector<std::exception_ptr> end_all(StopReason reason);
  const Observers& observers_;
  const TrainerView& view_;
  std::size_t started_ = 0;
};

/// Measures how the time of a log interval was spent.
class IntervalClock {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Part { data, step, observers };

  /// Adds the time since the last call (or since the interval began) to a part.
  void lap(Part part);
  void count(std::int64_t images) { images_ += images; }
  /// Sets images_per_second (images / time for data and steps), wait_share (share of that time spent waiting for data)
  /// and observer_share (share of the whole time spent in observers: images, checkpoints, reports, evaluations). Then
  /// starts a new interval.
  void report(Value& record);

 private:
  Clock::time_point last_ = Clock::now();
  std::array<Clock::duration, 3> parts_{};
  std::int64_t images_ = 0;
};

/// Trains until the whole length of the run is reached, `should_stop` returns true or the batches throw StoppedWaiting.
/// `trainer` has step(Batch), or step(Tensor) if the images are enough for it, images(), steps() and
/// log_record(ScalarMeans&).
template <class Trainer, BatchSource Batches>
RunSummary fit(Trainer& trainer, Batches& batches, std::int64_t total_images, const RunOptions& run,
               const Observers& observers, const TrainerView& view) {
  using Part = IntervalClock::Part;
  ObserverCalls calls(observers, view);
  calls.start();
  StopReason reason = StopReason::finished, on_error = StopReason::failed;
  try {
    ScalarMeans means;
    IntervalClock clock;
    bool is_logged = true;  // the last step
    const auto log = [&] {
      Value record = trainer.log_record(means);
      clock.lap(Part::step);  // reading the means waits for the device
      clock.report(record);
      calls.log(record);
      clock.lap(Part::observers);
    };
    const auto is_over = [&] { return trainer.images() >= total_images; };
    if (!is_over() && run.should_stop && run.should_stop()) reason = StopReason::asked;  // while the observers started
    while (!is_over() && reason != StopReason::asked) {
      on_error = StopReason::no_data;
      Batch batch;
      try {
        batch = batches.next();
      } catch (const StoppedWaiting&) {
        reason = StopReason::asked;
        break;
      }
      on_error = StopReason::failed;
      clock.lap(Part::data);
      const StepResult result = [&] {
        if constexpr (requires { trainer.step(batch); })
          return trainer.step(batch);
        else
          return trainer.step(batch.images);
      }();
      means.add(result);
      clock.count(batch.images.size(0));
      clock.lap(Part::step);
      const bool due = trainer.steps() % run.log_every == 0 || is_over();
      is_logged = due;
      if (due) log();
      calls.step(result);
      clock.lap(Part::observers);
      if (run.should_stop && run.should_stop()) reason = StopReason::asked;
    }
    if (!is_logged) log();  // it was asked to stop between two intervals
  } catch (...) {
    calls.fail(on_error);
  }
  calls.end(reason);
  return {reason, trainer.steps(), trainer.images()};
}

}  // namespace cspgan
