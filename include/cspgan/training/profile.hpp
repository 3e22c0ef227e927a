// Where the time of training steps goes: --profile.
#pragma once

#include <memory>
#include <string>

#include "cspgan/training/observer.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Adds up, from its making to stop(), the time that the calling thread spends in each of LibTorch's operations and of
/// our kernels, without the time of the operations inside it. Kernels on a GPU are launched, not awaited: there it
/// shows where the processor's time goes.
class Profile {
 public:
  Profile();
  ~Profile();
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;

  /// Counts one of the steps that the table's milliseconds are means of.
  void count_step();
  /// The rest of the program's life is not in the table.
  void stop();
  /// One line an operation, the costliest first: its name, calls, milliseconds a step, share of the time. Empty without
  /// a step.
  std::string table() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Profiles a run from its second step on: the first pays for memory and caches.
class ProfileObserver final : public Observer {
 public:
  void on_step(const TrainerView&, const StepResult&) override;
  void on_end(const TrainerView&, StopReason) override;
  /// Profile::table(), of the whole run; empty where there was one step only.
  std::string table() const;

 private:
  std::unique_ptr<Profile> profile_;
};

}  // namespace cspgan
