// Measures how the time of training steps is spent, for --profile.
#pragma once

#include <memory>
#include <string>

#include "cspgan/training/observer.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// From its construction to stop(), adds up the time that the calling thread spends in each operation of LibTorch and
/// in each of our kernels, excluding nested operations. GPU kernels are launched, not awaited, so on a GPU it shows how
/// the CPU spends its time.
class Profile {
 public:
  Profile();
  ~Profile();
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;

  /// Counts a step; the milliseconds of the table are means over the counted steps.
  void count_step();
  /// Ends the measurement.
  void stop();
  /// One line per operation, the slowest first: name, calls, milliseconds per step, share of the time. Empty if no step
  /// was counted.
  std::string table() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Profiles a run from its second step on, since the first one allocates memory and fills caches.
class ProfileObserver final : public Observer {
 public:
  void on_step(const TrainerView&, const StepResult&) override;
  void on_end(const TrainerView&, StopReason) override;
  /// Profile::table() of the whole run; empty if the run had only one step.
  std::string table() const;

 private:
  std::unique_ptr<Profile> profile_;
};

}  // namespace cspgan
