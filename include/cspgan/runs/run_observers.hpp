// The observers that fill a run's folder.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "cspgan/core/options.hpp"
#include "cspgan/core/value.hpp"
#include "cspgan/report/event_log.hpp"
#include "cspgan/report/metrics_log.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/training/observer.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Appends each log record to metrics.jsonl; on a resume, rows of later steps are dropped first.
class MetricsObserver final : public Observer {
 public:
  explicit MetricsObserver(RunFolder folder) : folder_(std::move(folder)) {}
  void on_start(const TrainerView& trainer) override;
  void on_log(const TrainerView& trainer, const Value& record) override;

 private:
  RunFolder folder_;
  std::optional<MetricsLog> log_;
};

struct SampleOptions {
  double every_kimg = 5;
  std::int64_t count = 64;
  std::int64_t columns = 8;
  std::uint64_t seed = 0;  // of the latents, the same all through the run

  static void describe(auto&& self, auto&& field) {
    field("every_kimg", self.every_kimg, "thousands of images between two sample grids, > 0");
    field("count", self.count, "images in a sample grid, >= 1");
    field("columns", self.columns, "images in a row of the grid, >= 1");
    field("seed", self.seed, "seed of the latents, which are the same in every grid");
  }
  void validate() const;
  friend bool operator==(const SampleOptions&, const SampleOptions&) = default;
};

/// Told of each sample grid that was written: the step, and uint8 [3, H, W].
using GridSink = std::function<void(std::int64_t, const Tensor&)>;

/// Told what a person should look at: the step, a kind such as "collapse", and a sentence.
using WarningSink = std::function<void(std::int64_t, std::string_view, std::string_view)>;

/// Writes samples/step-XXXXXXXX.png from the same latents each time: at the start, each `every_kimg`, at the end. Warns
/// of "collapse" when samples of a generator in training become nearly alike (see `diversity`): less than 5 grey levels
/// apart, or than a quarter of what they were in this run; once until they differ again.
class SampleObserver final : public Observer {
 public:
  SampleObserver(RunFolder folder, SampleOptions options, GridSink also = {}, WarningSink warn = {});
  void on_start(const TrainerView& trainer) override;
  void on_step(const TrainerView& trainer, const StepResult& result) override;
  void on_end(const TrainerView& trainer, StopReason reason) override;

 private:
  void write(const TrainerView& trainer);
  void watch(std::int64_t step, const Tensor& images);
  RunFolder folder_;
  SampleOptions options_;
  GridSink also_;
  WarningSink warn_;
  double most_diverse_ = 0;
  bool alike_ = false;
  Tensor latents_;
  std::int64_t images_before_ = 0;
  std::int64_t written_step_ = -1;
};

struct CheckpointOptions {
  double every_kimg = 10;
  std::int64_t keep = 3;

  static void describe(auto&& self, auto&& field) {
    field("every_kimg", self.every_kimg, "thousands of images between two checkpoints, > 0");
    field("keep", self.keep, "number of latest checkpoints that are kept, >= 1");
  }
  void validate() const;
  friend bool operator==(const CheckpointOptions&, const CheckpointOptions&) = default;
};

/// Writes checkpoints/step-XXXXXXXX.safetensors each `every_kimg` and at the end, also of a run that was asked to stop;
/// the last `keep` stay.
class CheckpointObserver final : public Observer {
 public:
  CheckpointObserver(RunFolder folder, CheckpointOptions options, Value run);
  void on_start(const TrainerView& trainer) override;
  void on_step(const TrainerView& trainer, const StepResult& result) override;
  void on_end(const TrainerView& trainer, StopReason reason) override;

 private:
  void write(const TrainerView& trainer);
  RunFolder folder_;
  CheckpointOptions options_;
  Value run_;
  std::int64_t images_before_ = 0;
  std::int64_t written_step_ = -1;
};

/// Writes tensorboard/: each number of the log records, the recipe as text, and the grids that it is given. Where a run
/// is resumed, TensorBoard drops what was written of later steps.
class TensorBoardObserver final : public Observer {
 public:
  TensorBoardObserver(RunFolder folder, Value run) : folder_(std::move(folder)), run_(std::move(run)) {}
  void on_start(const TrainerView& trainer) override;
  void on_log(const TrainerView& trainer, const Value& record) override;
  /// For a SampleObserver that starts after this one. Does nothing before the start.
  void add_grid(std::int64_t step, const Tensor& grid);
  /// For metrics of the generator, likewise.
  void add_metric(std::int64_t step, const std::string& key, double value);

 private:
  RunFolder folder_;
  Value run_;
  std::optional<EventLog> log_;
};

/// Keeps run.json (with the run's status) and report.html up to date: at the start, at the end, and each `every_kimg`
/// unless the pages have taken more than 3 % of the run's time so far.
class ReportObserver final : public Observer {
 public:
  using MakePage = std::function<void(const std::filesystem::path& run_folder)>;
  /// `make_page`: write_html_report if it is left out.
  ReportObserver(RunFolder folder, Value run, double every_kimg, MakePage make_page = {});
  void on_start(const TrainerView& trainer) override;
  void on_step(const TrainerView& trainer, const StepResult& result) override;
  void on_end(const TrainerView& trainer, StopReason reason) override;

 private:
  using Clock = std::chrono::steady_clock;
  void write(const TrainerView& trainer, const std::string& status);
  RunFolder folder_;
  Value run_;
  double every_kimg_;
  MakePage make_page_;
  std::int64_t images_before_ = 0;
  Clock::time_point started_{};
  Clock::duration spent_{};
};

}  // namespace cspgan
