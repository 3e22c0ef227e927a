#include "cspgan/runs/tolerant_observer.hpp"

#include <fmt/format.h>

#include <utility>

#include "cspgan/core/error.hpp"

namespace cspgan {

namespace {

constexpr std::int64_t most_said = 3;

}  // namespace

TolerantObserver::TolerantObserver(std::shared_ptr<Observer> observer, Warn warn)
    : observer_(std::move(observer)), warn_(std::move(warn)) {}

template <class Call>
void TolerantObserver::attempt(const TrainerView& trainer, const Call& call) {
  try {
    call();
  } catch (const NonFiniteError&) {
    throw;
  } catch (const FolderLostError&) {
    throw;
  } catch (const Error& error) {
    if (++failures_ <= most_said) warn_(trainer.step(), fmt::format("{}; the run goes on", error.what()));
  }
}

void TolerantObserver::on_start(const TrainerView& trainer) { observer_->on_start(trainer); }

void TolerantObserver::on_step(const TrainerView& trainer, const StepResult& result) {
  attempt(trainer, [&] { observer_->on_step(trainer, result); });
}

void TolerantObserver::on_log(const TrainerView& trainer, const Value& record) {
  attempt(trainer, [&] { observer_->on_log(trainer, record); });
}

void TolerantObserver::on_end(const TrainerView& trainer, StopReason reason) {
  attempt(trainer, [&] { observer_->on_end(trainer, reason); });
  if (failures_ > most_said) warn_(trainer.step(), fmt::format("{} such failures in all", failures_));
}

}  // namespace cspgan
