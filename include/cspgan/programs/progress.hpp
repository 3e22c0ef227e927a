// Progress for people: a bar with rate and time left on a terminal, plain lines elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cspgan/training/observer.hpp"

namespace cspgan {

/// A bar for any work of known length, drawn on standard error when that is a terminal, else silent but for a line each
/// 10 % of work that takes longer than two seconds.
class ProgressBar {
 public:
  ProgressBar(std::string what, std::int64_t total, std::string unit);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void update(std::int64_t done, const std::string& note = "");

 private:
  void draw(const std::string& note);
  std::string what_;
  std::int64_t total_;
  std::string unit_;
  std::int64_t first_ = -1;
  std::int64_t done_ = 0;
  std::int64_t tenths_said_ = 0;
  bool terminal_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point drawn_;
};

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
