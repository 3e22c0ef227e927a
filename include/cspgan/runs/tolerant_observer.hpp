// Lets a run go on although its pictures or its log cannot be written.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "cspgan/training/observer.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Calls another observer and turns its Errors, but not NonFiniteError and FolderLostError, into warnings: a full disk
/// must not end a run that only wanted to draw a picture. The first three are said, and at the end how many there were.
/// An Error in on_start still ends the run. For observers that can do without a call; not for one that saves the run's
/// state.
class TolerantObserver final : public Observer {
 public:
  using Warn = std::function<void(std::int64_t step, const std::string& message)>;

  /// `warn` is called on the training thread and must not throw.
  TolerantObserver(std::shared_ptr<Observer> observer, Warn warn);
  void on_start(const TrainerView& trainer) override;
  void on_step(const TrainerView& trainer, const StepResult& result) override;
  void on_log(const TrainerView& trainer, const Value& record) override;
  void on_end(const TrainerView& trainer, StopReason reason) override;

 private:
  template <class Call>
  void attempt(const TrainerView& trainer, const Call& call);

  std::shared_ptr<Observer> observer_;
  Warn warn_;
  std::int64_t failures_ = 0;
};

}  // namespace cspgan
