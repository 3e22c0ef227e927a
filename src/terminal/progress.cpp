// Progress bars.
#include "cspgan/terminal/progress.hpp"
#include "terminal/print.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace cspgan {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

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
  constexpr double longest_silence = 30;  // seconds
  const std::int64_t tenths = done * 10 / total;
  if (tenths <= tenths_ && seconds - said_ < longest_silence) return false;
  tenths_ = tenths;
  said_ = seconds;
  return true;
}

void erase_progress() {
  if (isatty(STDERR_FILENO) == 0) return;
  say(stderr, "\r\033[K");
  std::fflush(stderr);
}

ProgressBar::ProgressBar(std::string what, std::int64_t total, std::string unit, std::optional<TransientBar> transient)
    : what_(std::move(what)),
      total_(std::max<std::int64_t>(total, 1)),
      unit_(std::move(unit)),
      transient_(transient.has_value()),
      terminal_(isatty(STDERR_FILENO) != 0),
      start_(Clock::now()),
      from_(transient && terminal_ ? transient->from : start_ + std::chrono::seconds(terminal_ ? 0 : 2)),
      drawn_(start_ - std::chrono::hours(1)) {}

ProgressBar::~ProgressBar() {
  if (!is_drawn_) return;
  if (transient_) {
    erase_progress();
    return;
  }
  draw("");
  say(stderr, "\n");
}

void ProgressBar::update(std::int64_t done, const std::string& note) {
  if (first_ < 0) first_ = done;
  done_ = done;
  if (Clock::now() < from_) return;
  if (terminal_) {
    if (seconds_since(drawn_) < 0.1) return;
    drawn_ = Clock::now();
    is_drawn_ = true;
    draw(note);
  } else if (throttle_.is_due(done, total_, seconds_since(start_))) {
    say(stderr, "{}: {} of {} {}\n", what_, done, total_, unit_);
  }
}

void ProgressBar::draw(const std::string& note) {
  const double elapsed = seconds_since(start_);
  const double rate = elapsed > 0 ? static_cast<double>(done_ - first_) / elapsed : 0;
  const double left = rate > 0 ? static_cast<double>(total_ - done_) / rate : std::nan("");
  const double share = std::clamp(static_cast<double>(done_) / static_cast<double>(total_), 0.0, 1.0);
  const std::string tail = fmt::format(" {:3.0f} %  {}/{}  {:.1f} {}/s  {} left{}{}", std::floor(share * 100), done_,
                                       total_, rate, unit_, clock_text(left), note.empty() ? "" : "  ", note);
  const int room = terminal_width() - static_cast<int>(what_.size() + tail.size()) - 4;
  const int width = std::clamp(room, 0, 40);
  const int filled = static_cast<int>(share * width);
  std::string line = fmt::format("{} {}{}{}", what_, std::string(static_cast<std::size_t>(filled), '#'),
                                 std::string(static_cast<std::size_t>(width - filled), '.'), tail);
  line.resize(std::min<std::size_t>(line.size(), static_cast<std::size_t>(std::max(terminal_width() - 1, 20))));
  say(stderr, "\r{}\033[K", line);
  std::fflush(stderr);
}

StageProgress stage_bars(std::string before, std::optional<TransientBar> transient) {
  struct Stage {
    std::string name;
    std::unique_ptr<ProgressBar> bar;
  };
  return [before = std::move(before), transient, stage = std::make_shared<Stage>()](
             std::string_view name, std::int64_t done, std::int64_t total) {
    if (!stage->bar || stage->name != name) {
      stage->bar.reset();  // ends its line before the next begins
      stage->name = name;
      stage->bar = std::make_unique<ProgressBar>(before + stage->name, total, "steps", transient);
    }
    stage->bar->update(done);
  };
}

ProgressObserver::ProgressObserver() : terminal_(isatty(STDERR_FILENO) != 0) {}
ProgressObserver::~ProgressObserver() = default;

void ProgressObserver::on_start(const TrainerView& trainer) {
  if (!terminal_) return;
  bar_ = std::make_unique<ProgressBar>("training", trainer.total_images(), "images");
  bar_->update(trainer.images());
}

void ProgressObserver::on_step(const TrainerView& trainer, const StepResult&) {
  if (bar_) bar_->update(trainer.images(), note_);
}

void ProgressObserver::on_log(const TrainerView& trainer, const Value& record) {
  note_ = losses_text(record);
  if (terminal_) return;
  const double rate = number_or_nan(record, "images_per_second");
  const double left = static_cast<double>(trainer.total_images() - trainer.images()) / rate;
  say(stderr, "step {}  {:.1f}/{:.1f} kimg  {:.1f} images/s  {} left  {}\n", trainer.step(),
      static_cast<double>(trainer.images()) / 1000, static_cast<double>(trainer.total_images()) / 1000, rate,
      clock_text(std::max(left, 0.0)), note_);
}

void ProgressObserver::on_end(const TrainerView&, StopReason) { bar_.reset(); }

}  // namespace cspgan
