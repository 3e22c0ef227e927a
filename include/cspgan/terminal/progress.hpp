// Progress for people: a bar with rate and time left on a terminal, few plain lines elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/training/observer.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// A lasting bar keeps its line. A transient one is drawn in the line of another bar, a training's, if the work takes
/// longer than two seconds, and is erased when a stage is over; without a terminal it is almost silent.
enum class BarKind { lasting, transient };

/// When a bar that is not drawn prints a line: at each tenth of the work, but not sooner than `shortest` seconds after
/// the line before it (or the start), and at the latest after `longest`.
class LineThrottle {
 public:
  explicit LineThrottle(BarKind kind = BarKind::lasting) : shortest_(kind == BarKind::lasting ? 30 : longest_) {}

  /// Whether one is due `seconds` after the start; then it counts as printed.
  bool is_due(std::int64_t done, std::int64_t total, double seconds);
  /// The work goes on with something else, of which nothing is done yet.
  void next_stage() { tenths_ = 0; }

 private:
  static constexpr double longest_ = 300;
  double shortest_;
  std::int64_t tenths_ = 0;
  double printed_ = 0;  // seconds
};

/// A bar for work of known length, in one stage or in several one after the other, drawn on standard error if that is a
/// terminal; elsewhere the lines of LineThrottle.
class ProgressBar {
 public:
  /// `before` stands before the name of each stage.
  explicit ProgressBar(BarKind kind = BarKind::lasting, std::string before = "", std::string unit = "");
  ~ProgressBar() { end(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// A stage begins with the first update that names it, and is over when all is done or another begins.
  void update(std::string_view stage, std::int64_t done, std::int64_t total, const std::string& note = "");
  /// Ends the stage at hand, if there is one; and forgets for how long work has been going on.
  void end();

 private:
  using Clock = std::chrono::steady_clock;

  void begin_stage(std::string_view stage, std::int64_t done);
  void end_stage();
  void draw() const;

  BarKind kind_;
  std::string before_, unit_;
  bool terminal_;
  LineThrottle throttle_;
  bool is_working_ = false;   // since start_
  bool is_in_stage_ = false;  // since stage_start_
  bool is_drawn_ = false;
  std::string stage_, note_;
  std::int64_t first_ = 0, done_ = 0, total_ = 1;
  Clock::time_point start_, stage_start_, drawn_;
};

/// A bar for the stages of a piece of work.
StageProgress stage_bars(std::string before = "");

/// Erases a bar that is drawn and not ended, so that a line can be printed in its place; its next update draws it
/// again.
void erase_progress();

/// The bar of a training run; without a terminal the first log record as a line, and then those that LineThrottle lets
/// through.
class ProgressObserver final : public Observer {
 public:
  ProgressObserver();
  void on_start(const TrainerView& trainer) override;
  void on_step(const TrainerView& trainer, const StepResult& result) override;
  void on_log(const TrainerView& trainer, const Value& record) override;
  void on_end(const TrainerView& trainer, StopReason reason) override;

 private:
  ProgressBar bar_;
  std::string note_;
  bool terminal_;
  LineThrottle throttle_;
  bool has_printed_ = false;
  std::chrono::steady_clock::time_point start_;
};

/// "2:05:09" or "3:07"
std::string clock_text(double seconds);

}  // namespace cspgan
