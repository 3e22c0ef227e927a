// Progress bars.
#include "cspgan/terminal/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

#include "terminal/print.hpp"

namespace cspgan {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Whether standard error is a terminal that knows the control sequences of a bar that stays on its line.
bool erases_lines() {
  const char* const kind = std::getenv("TERM");
  return isatty(STDERR_FILENO) != 0 && !(kind != nullptr && std::string_view(kind) == "dumb");
}

int terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

double number_or_nan(const Value& record, std::string_view key) {
  const Value* found = record.find(key);
  return found != nullptr && found->is_number() ? found->number() : std::nan("");
}

std::string losses_text(const Value& record) {
  std::string text;
  for (const auto& [key, label] : {std::pair{"loss_d", "loss D"}, {"loss_g", "G"}})
    if (const double loss = number_or_nan(record, key); std::isfinite(loss))
      text += fmt::format("{}{} {:.3f}", text.empty() ? "" : " ", label, loss);
  return text;
}

}  // namespace

std::string clock_text(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "-:--";
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

bool LineThrottle::is_due(std::int64_t done, std::int64_t total, double seconds) {
  const std::int64_t tenths = done * 10 / std::max<std::int64_t>(total, 1);
  const double silence = seconds - printed_;
  if (silence < longest_ && (silence < shortest_ || tenths <= tenths_)) return false;
  tenths_ = tenths;
  printed_ = seconds;
  return true;
}

void erase_progress() {
  if (!erases_lines() || !takes_text_now(stderr)) return;
  say(stderr, "\r\033[K");
  std::fflush(stderr);
}

ProgressBar::ProgressBar(BarKind kind, std::string before, std::string unit)
    : kind_(kind), before_(std::move(before)), unit_(std::move(unit)), terminal_(erases_lines()), throttle_(kind) {}

void ProgressBar::begin_stage(std::string_view stage, std::int64_t done) {
  end_stage();
  stage_start_ = Clock::now();
  if (!is_working_) {
    start_ = stage_start_;
    throttle_ = LineThrottle(kind_);
  }
  throttle_.next_stage();
  is_working_ = is_in_stage_ = true;
  drawn_ = {};
  stage_ = stage;
  first_ = done;
}

void ProgressBar::end_stage() {
  if (is_drawn_ && kind_ == BarKind::transient) erase_progress();
  if (is_drawn_ && kind_ == BarKind::lasting) {
    draw();
    say(stderr, "\n");
  }
  is_drawn_ = is_in_stage_ = false;
}

void ProgressBar::end() {
  note_.clear();
  end_stage();
  is_working_ = false;
}

void ProgressBar::update(std::string_view stage, std::int64_t done, std::int64_t total, const std::string& note) {
  if (!is_in_stage_ || stage != stage_) {
    if (stage == stage_ && done >= total) return;  // it is over
    begin_stage(stage, done);
  }
  done_ = done;
  total_ = std::max<std::int64_t>(total, 1);
  note_ = note;
  if (!terminal_) {
    if (throttle_.is_due(done_, total_, seconds_since(start_)))
      say(stderr, "{}{}: {} of {}\n", before_, stage_, done_, total_);
  } else if (const double patience = kind_ == BarKind::transient ? 2 : 0;
             seconds_since(start_) >= patience && seconds_since(drawn_) >= 0.1) {
    drawn_ = Clock::now();
    is_drawn_ = true;
    draw();
  }
  if (done >= total) end_stage();
}

void ProgressBar::draw() const {
  if (!takes_text_now(stderr)) return;
  const double elapsed = seconds_since(stage_start_);
  const double rate = elapsed > 0 ? static_cast<double>(done_ - first_) / elapsed : 0;
  const double left = rate > 0 ? static_cast<double>(total_ - done_) / rate : std::nan("");
  const double share = std::clamp(static_cast<double>(done_) / static_cast<double>(total_), 0.0, 1.0);
  const std::string what = before_ + stage_;
  const std::string tail =
      fmt::format(" {:3.0f} %  {}/{}  {:.1f}{}{}/s  {} left{}{}", std::floor(share * 100), done_, total_, rate,
                  unit_.empty() ? "" : " ", unit_, clock_text(left), note_.empty() ? "" : "  ", note_);
  const int room = terminal_width() - static_cast<int>(what.size() + tail.size()) - 4;
  const int width = std::clamp(room, 0, 40);
  const int filled = static_cast<int>(share * width);
  std::string line = fmt::format("{} {}{}{}", what, std::string(static_cast<std::size_t>(filled), '#'),
                                 std::string(static_cast<std::size_t>(width - filled), '.'), tail);
  line.resize(std::min<std::size_t>(line.size(), static_cast<std::size_t>(std::max(terminal_width() - 1, 20))));
  say(stderr, "\r{}\033[K", line);
  std::fflush(stderr);
}

StageProgress stage_bars(std::string before, BarKind kind) {
  return [bar = std::make_shared<ProgressBar>(kind, std::move(before))](
             std::string_view stage, std::int64_t done, std::int64_t total) { bar->update(stage, done, total); };
}

StageProgress stoppable_bars(const StopSignals& signals, BarKind kind) {
  return [bars = stage_bars("", kind), &signals](std::string_view stage, std::int64_t done, std::int64_t total) {
    if (signals.received()) throw StoppedBySignal(signals.exit_code());
    bars(stage, done, total);
  };
}

ProgressObserver::ProgressObserver() : bar_(BarKind::lasting, "", "images"), terminal_(erases_lines()) {}

void ProgressObserver::on_start(const TrainerView& trainer) {
  start_ = Clock::now();
  if (terminal_) bar_.update("training", trainer.images(), trainer.total_images());
}

void ProgressObserver::on_step(const TrainerView& trainer, const StepResult&) {
  if (terminal_) bar_.update("training", trainer.images(), trainer.total_images(), note_);
}

void ProgressObserver::on_log(const TrainerView& trainer, const Value& record) {
  note_ = losses_text(record);
  if (terminal_) return;
  const bool is_due = throttle_.is_due(trainer.images(), trainer.total_images(), seconds_since(start_));
  if (!is_due && has_printed_) return;
  has_printed_ = true;
  const double rate = number_or_nan(record, "images_per_second");
  const double left = static_cast<double>(trainer.total_images() - trainer.images()) / rate;
  say(stderr, "step {}  {:.1f}/{:.1f} kimg  {:.1f} images/s  {} left  {}\n", trainer.step(),
      static_cast<double>(trainer.images()) / 1000, static_cast<double>(trainer.total_images()) / 1000, rate,
      clock_text(std::max(left, 0.0)), note_);
}

void ProgressObserver::on_end(const TrainerView&, StopReason) { bar_.end(); }

}  // namespace cspgan
