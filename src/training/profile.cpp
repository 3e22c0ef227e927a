// Times of operations, measured by LibTorch's hook for profilers.
#include "cspgan/training/profile.hpp"

#include <ATen/record_function.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cspgan {
namespace {

using Clock = std::chrono::steady_clock;

struct Operation {
  std::int64_t calls = 0;
  Clock::duration own{};
};

struct Frame {
  Clock::time_point start;
  Clock::duration inside{};  // time of nested operations
};

/// The hook is a plain function and adds its times here; it is called for this thread only.
struct Record {
  std::map<std::string, Operation, std::less<>> operations;
  std::vector<Frame> frames;
};
thread_local Record* recording = nullptr;

std::unique_ptr<at::ObserverContext> enter(const at::RecordFunction&) {
  if (recording != nullptr) recording->frames.push_back({Clock::now()});
  return nullptr;
}

void leave(const at::RecordFunction& function, at::ObserverContext*) {
  if (recording == nullptr || recording->frames.empty()) return;
  const Frame frame = recording->frames.back();
  recording->frames.pop_back();
  const Clock::duration elapsed = Clock::now() - frame.start;
  constexpr std::string_view engine = "autograd::engine::evaluate_function: ";
  std::string_view name = function.name();
  const bool backward = name.starts_with(engine);
  if (backward) name.remove_prefix(engine.size());
  Operation& operation = recording->operations[(backward ? "backward: " : "") + std::string(name.substr(0, 34))];
  ++operation.calls;
  operation.own += elapsed - frame.inside;
  if (!recording->frames.empty()) recording->frames.back().inside += elapsed;
}

double milliseconds(Clock::duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

}  // namespace

struct Profile::State {
  Record record;
  at::CallbackHandle handle = 0;
  Clock::time_point start = Clock::now();
  Clock::duration total{};
  std::int64_t steps = 0;
  bool running = true;
};

Profile::Profile() : state_(std::make_unique<State>()) {
  recording = &state_->record;
  state_->handle = at::addThreadLocalCallback(
      at::RecordFunctionCallback(enter, leave).scopes({at::RecordScope::FUNCTION, at::RecordScope::USER_SCOPE}));
}

Profile::~Profile() { stop(); }

void Profile::count_step() { ++state_->steps; }

void Profile::stop() {
  if (!state_->running) return;
  state_->running = false;
  state_->total = Clock::now() - state_->start;
  at::removeCallback(state_->handle);
  recording = nullptr;
}

std::string Profile::table() const {
  const State& state = *state_;
  if (state.steps == 0) return "";
  std::vector<std::pair<std::string, Operation>> operations(state.record.operations.begin(),
                                                            state.record.operations.end());
  std::sort(operations.begin(), operations.end(),
            [](const auto& a, const auto& b) { return a.second.own > b.second.own; });
  const Clock::duration all = state.running ? Clock::now() - state.start : state.total;
  Clock::duration counted{};
  for (const auto& [name, operation] : operations) counted += operation.own;

  const auto steps = static_cast<double>(state.steps);
  std::string text = fmt::format("{:<44}{:>12}{:>12}{:>9}\n", fmt::format("mean of {} steps", state.steps),
                                 "calls/step", "ms/step", "share");
  const auto line = [&](const std::string& name, double calls, Clock::duration time) {
    text += fmt::format("{:<44}{:>12.1f}{:>12.2f}{:>8.1f}%\n", name, calls / steps, milliseconds(time) / steps,
                        100 * (milliseconds(time) / milliseconds(all)));
  };
  constexpr std::size_t shown = 24;
  Operation rest;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const auto& [name, operation] = operations[i];
    if (i < shown) {
      line(name, static_cast<double>(operation.calls), operation.own);
    } else {
      rest.calls += operation.calls;
      rest.own += operation.own;
    }
  }
  if (rest.calls > 0) line("all others", static_cast<double>(rest.calls), rest.own);
  line("outside of operations (data, log, pictures)", 0, all - counted);
  line("in all", 0, all);
  return text;
}

void ProfileObserver::on_step(const TrainerView&, const StepResult&) {
  if (profile_ == nullptr)
    profile_ = std::make_unique<Profile>();
  else
    profile_->count_step();
}

void ProfileObserver::on_end(const TrainerView&, StopReason) {
  if (profile_ != nullptr) profile_->stop();
}

std::string ProfileObserver::table() const { return profile_ == nullptr ? "" : profile_->table(); }

}  // namespace cspgan
