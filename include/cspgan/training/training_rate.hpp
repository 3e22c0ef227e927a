// How fast a trainer is on this machine, to choose a run's length by its time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "cspgan/training/batch_source.hpp"
#include "cspgan/training/step_result.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Images per second over whole rounds of 16 steps, so that lazy penalties have their share, for at least `seconds`.
/// The first round is not counted. The steps are real ones: they change the trainer and move the batches on, so take a
/// trainer that is not the one of the run. Waits for a GPU after each round. `on_step` is called after each step with
/// the seconds measured so far.
template <class Trainer, BatchSource Batches>
double images_per_second(Trainer& trainer, Batches& batches, double seconds,
                         const std::function<void(double measured)>& on_step = {}) {
  constexpr int round = 16;
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin = Clock::now();
  std::int64_t images = 0;
  double measured = 0;
  for (int step = 0; step < 2 * round || step % round != 0 || measured < seconds; ++step) {
    if (step == round) {
      begin = Clock::now();
      images = 0;
    }
    const Tensor batch = static_cast<Batch>(batches.next()).images;
    const StepResult result = trainer.step(batch);
    images += batch.size(0);
    if (step % round == round - 1 && !result.scalars.empty())
      static_cast<void>(result.number(result.scalars.back().first));
    if (step >= round) measured = std::chrono::duration<double>(Clock::now() - begin).count();
    if (on_step) on_step(measured);
  }
  return static_cast<double>(images) / measured;
}

}  // namespace cspgan
