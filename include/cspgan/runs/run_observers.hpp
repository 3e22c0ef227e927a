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

/// Appends each log record to metrics.jsonl. When a run is resumed, rows of later steps are dropped first.
class MetricsObserver final : public Observer {
 public:
  /// Keeps a copy of a log whose rows go further than those of a run that is killed before its next checkpoint, which
  /// is due every `checkpoint_kimg`: what they tell of is gone, or of another run.
  MetricsObserver(RunFolder folder, double checkpoint_kimg)
      : folder_(std::move(folder)), checkpoint_kimg_(checkpoint_kimg) {}
  void on_start(const TrainerView& trainer) override;
  void on_log(const TrainerView& trainer, const Value& record) override;

 private:
  bool leaves_rows(const TrainerView& trainer) const;

  RunFolder folder_;
  double checkpoint_kimg_;
  std::optional<MetricsLog> log_;
};

/// Which sample grids a run writes, and how often; the table [samples] of a recipe.
struct SampleOptions {
  double every_kimg = 5;
  std::int64_t count = 64;
  std::int64_t columns = 8;
  std::uint64_t seed = 0;  // for the latents, which stay the same during the run

  static void describe(auto&& self, auto&& field) {
    field("every_kimg", self.every_kimg, "thousands of images between two sample grids, >= 0.001");
    field("count", self.count, "images in a sample grid, in [1, 65536]");
    field("columns", self.columns, "images in a row of the grid, >= 1");
    field("seed", self.seed, "seed of the latents, which are the same in every grid");
  }
  /// Throws OptionError naming the value that is out of range.
  void validate() const;
  /// Throws OptionError, too, if a grid of such images would be too large for a picture (report/images.hpp).
  void require_fits(std::int64_t image_size) const;
  friend bool operator==(const SampleOptions&, const SampleOptions&) = default;
};

/// Called for each sample grid that was written, with the step and the grid, uint8 [3, H, W].
using GridSink = std::function<void(std::int64_t, const Tensor&)>;

/// Called for each warning, with the step, a kind such as "collapse", and a sentence for the user.
using WarningSink = std::function<void(std::int64_t, std::string_view, std::string_view)>;

/// Writes samples/step-XXXXXXXX.png, always from the same latents: at the start, every `every_kimg` and at the end.
/// Warns of "collapse" when the samples become nearly alike during training: when their `diversity` falls below 5 gray
/// levels or, after the first tenth of the run and 10 kimg, below a quarter of `real_diversity`, that of real images.
/// The warning is not repeated until they have differed again, and a resume does not repeat it.
class SampleObserver final : public Observer {
 public:
  SampleObserver(RunFolder folder, SampleOptions options, GridSink also = {}, WarningSink warn = {},
                 double real_diversity = 0);
  void on_start(const TrainerView& trainer) override;
  void on_step(const TrainerView& trainer, const StepResult& result) override;
  void on_end(const TrainerView& trainer, StopReason reason) override;

 private:
  /// uint8 [N, 3, H, W]
  Tensor draw(const TrainerView& trainer) const;
  void write(const TrainerView& trainer);
  bool are_alike(const TrainerView& trainer, double now) const;
  void watch(const TrainerView& trainer, const Tensor& images);
  RunFolder folder_;
  SampleOptions options_;
  GridSink also_;
  WarningSink warn_;
  double real_diversity_;
  bool alike_ = false;
  Tensor latents_;
  std::int64_t images_before_ = 0;
  std::int64_t written_step_ = -1;
};

/// How often a run writes checkpoints, and how many it keeps; the table [checkpoints] of a recipe.
struct CheckpointOptions {
  double every_kimg = 10;
  std::int64_t keep = 3;

  static void describe(auto&& self, auto&& field) {
    field("every_kimg", self.every_kimg, "thousands of images between two checkpoints, >= 0.001");
    field("keep", self.keep, "number of latest checkpoints that are kept, >= 1");
  }
  /// Throws OptionError naming the value that is out of range.
  void validate() const;
  friend bool operator==(const CheckpointOptions&, const CheckpointOptions&) = default;
};

/// Writes checkpoints/step-XXXXXXXX.safetensors every `every_kimg` and at the end, also if the run was asked to stop.
/// Only the last `keep` checkpoints are kept. `run`, a JSON object, goes into their metadata; load_generator, and so
/// the program `sample`, rebuilds the generator from its member "generator", to_value(generator->options). describe_run
/// makes it for a recipe. If a checkpoint cannot be written, `warn` is told, with the kind "checkpoint", and the next
/// one is tried when it is due; the third failure in a row, or one at the end, ends the run.
class CheckpointObserver final : public Observer {
 public:
  CheckpointObserver(RunFolder folder, CheckpointOptions options, Value run, WarningSink warn = {});
  void on_start(const TrainerView& trainer) override;
  void on_step(const TrainerView& trainer, const StepResult& result) override;
  void on_end(const TrainerView& trainer, StopReason reason) override;

 private:
  std::vector<StepFile> own_files() const;
  bool is_own(std::int64_t step) const;
  void write(const TrainerView& trainer);
  RunFolder folder_;
  CheckpointOptions options_;
  Value run_;
  WarningSink warn_;
  int failures_ = 0;  // in a row
  std::int64_t images_before_ = 0;
  std::int64_t written_step_ = -1;
};

/// Writes tensorboard/: each number of the log records, the recipe as text, and the grids and metrics that are added.
/// When a run is resumed, TensorBoard drops what had been written for later steps.
class TensorBoardObserver final : public Observer {
 public:
  TensorBoardObserver(RunFolder folder, Value run) : folder_(std::move(folder)), run_(std::move(run)) {}
  void on_start(const TrainerView& trainer) override;
  void on_log(const TrainerView& trainer, const Value& record) override;
  /// Adds a sample grid, uint8 [3, H, W]. A GridSink for a SampleObserver that starts after this observer; does nothing
  /// before the start.
  void add_grid(std::int64_t step, const Tensor& grid);
  /// Adds a metric of the generator; does nothing before the start.
  void add_metric(std::int64_t step, const std::string& key, double value);

 private:
  RunFolder folder_;
  Value run_;
  std::optional<EventLog> log_;
};

/// Keeps run.json (with the run's status) and report.html up to date: at the start, at the end, and every `every_kimg`
/// unless writing the pages has taken more than 3 % of the run's time so far.
class ReportObserver final : public Observer {
 public:
  using MakePage = std::function<void(const std::filesystem::path& run_folder)>;
  /// `make_page` writes the page; write_html_report if it is omitted.
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
