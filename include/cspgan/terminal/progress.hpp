// Progress for people: a bar with rate and time left on a terminal, plain lines elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/training/observer.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// When a bar that is not drawn says a line: at each tenth of the work, and 30 seconds after the line before it.
class LineThrottle {
 public:
  /// Whether one is due `seconds` after the bar's start; then it counts as said.
  bool is_due(std::int64_t done, std::int64_t total, double seconds);

 private:
  std::int64_t tenths_ = 0;
  double said_ = 0;  // seconds
};

/// Of a bar that takes the line of another for a while, a training's: on a terminal nothing is seen of it before this
/// moment, which several bars may share, and what was drawn is erased at its end. Elsewhere it is a bar like others.
struct TransientBar {
  std::chrono::steady_clock::time_point from = std::chrono::steady_clock::now() + std::chrono::seconds(2);
};

/// A bar for any work of known length, drawn on standard error when that is a terminal, else silent but for the lines
/// of LineThrottle where the work takes longer than two seconds.
class ProgressBar {
 public:
  ProgressBar(std::string what, std::int64_t total, std::string unit, std::optional<TransientBar> transient = {});
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void update(std::int64_t done, const std::string& note = "");

 private:
  void draw(const std::string& note);
  std::string what_;
  std::int64_t total_;
  std::string unit_;
  bool transient_;
  std::int64_t first_ = -1;
  std::int64_t done_ = 0;
  LineThrottle throttle_;
  bool terminal_;
  bool is_drawn_ = false;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point from_;  // when it is first seen
  std::chrono::steady_clock::time_point drawn_;
};

/// A bar for each stage of a piece of work, one after the other; `before` stands before each stage's name.
StageProgress stage_bars(std::string before = "", std::optional<TransientBar> transient = {});

/// Erases a bar that is drawn and not ended, so that a line can be said in its place; its next update draws it again.
void erase_progress();

/// The bar of a training run; without a terminal a line for each log record.
class ProgressObserver final : public Observer {
 public:
  ProgressObserver();
  ~ProgressObserver() override;
  void on_start(const TrainerView& trainer) override;
  void on_step(const TrainerView& trainer, const StepResult& result) override;
  void on_log(const TrainerView& trainer, const Value& record) override;
  void on_end(const TrainerView& trainer, StopReason reason) override;

 private:
  std::unique_ptr<ProgressBar> bar_;
  std::string note_;
  bool terminal_;
};

/// "2:05:09" or "3:07"
std::string clock_text(double seconds);

}  // namespace cspgan
