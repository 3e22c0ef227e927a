// Progress for people: on a terminal, a bar with the rate and the time left; elsewhere, a few plain lines.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/training/observer.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// A lasting bar keeps its line. A transient bar is drawn in the line of another bar, such as that of a training run,
/// if the work takes longer than two seconds; it is erased at the end of each stage. Without a terminal it prints
/// almost nothing.
enum class BarKind { lasting, transient };

/// Decides when progress is printed as a line, without a terminal: at each tenth of the work, but at least `shortest_`
/// and at most `longest_` seconds after the previous line (or the start).
class LineThrottle {
 public:
  explicit LineThrottle(BarKind kind = BarKind::lasting) : shortest_(kind == BarKind::lasting ? 30 : longest_) {}

  /// Whether a line is due `seconds` after the start. If so, it counts as printed.
  bool is_due(std::int64_t done, std::int64_t total, double seconds);
  /// Starts a new stage of the work, of which nothing is done yet.
  void next_stage() { tenths_ = 0; }

 private:
  static constexpr double longest_ = 300;
  double shortest_;
  std::int64_t tenths_ = 0;
  double printed_ = 0;  // when the last line was printed, in seconds after the start
};

/// A bar for work of known length, in one or several successive stages. It is drawn on standard error if that is a
/// terminal; otherwise lines are printed when a LineThrottle lets them through.
class ProgressBar {
 public:
  /// `before` is printed before the name of each stage; `unit` is what `done` and `total` count.
  explicit ProgressBar(BarKind kind = BarKind::lasting, std::string before = "", std::string unit = "");
  ~ProgressBar() { end(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// A stage begins with the first update that names it. It is over when all of it is done or another stage begins.
  void update(std::string_view stage, std::int64_t done, std::int64_t total, const std::string& note = "");
  /// Ends the current stage, if there is one. The next update starts the clock anew.
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

/// A function that shows the stages of work in a bar; `before` is printed before the name of each stage.
StageProgress stage_bars(std::string before = "", BarKind kind = BarKind::lasting);

/// The same, for work that a signal may end: it throws StoppedBySignal once one was received. `signals` must outlive
/// it.
StageProgress stoppable_bars(const StopSignals& signals, BarKind kind = BarKind::lasting);

/// Erases the current bar, if one is drawn, so that a line can be printed in its place. The bar's next update draws it
/// again.
void erase_progress();

/// The progress bar of a training run. Without a terminal, it prints the first log record as a line, and then those
/// that a LineThrottle lets through.
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

/// The time as "2:05:09" or "3:07".
std::string clock_text(double seconds);

}  // namespace cspgan
