// The observers that write a run's folder.
#include "cspgan/runs/run_observers.hpp"

#include <ATen/ops/cat.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/checks.hpp"
#include "core/lookup.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/core/step_files.hpp"
#include "cspgan/report/html_report.hpp"
#include "cspgan/report/images.hpp"
#include "cspgan/training/checkpoints.hpp"
#include "runs/observer_tools.hpp"

namespace cspgan {

bool detail::is_due(std::int64_t& images_before, const TrainerView& trainer, double every_kimg) {
  const bool crossed =
      crosses_multiple(static_cast<double>(images_before), static_cast<double>(trainer.images()), every_kimg * 1000);
  images_before = trainer.images();
  return crossed;
}

void detail::set_aside_later(const std::vector<StepFile>& files, std::int64_t step) {
  for (const StepFile& file : files)
    if (file.step > step) set_aside(file.path);
}

void detail::write_grid(const RunFolder& folder, std::int64_t step, const Tensor& grid) {
  const std::filesystem::path file = folder.samples() / (step_name(step) + ".png");
  folder.require_owned();
  std::error_code said_below;
  std::filesystem::create_directory(folder.samples(), said_below);  // but not the folder of a run that is gone
  write_png(file, grid);
  folder.require_owned();
  remove_same_asides(file);
}

namespace {

void require_interval(double kimg, std::string_view what) {
  detail::require(std::isfinite(kimg) && kimg >= 0.001, what, "finite and at least 0.001", kimg);
}

void mark_as_saved(const std::filesystem::path& mark, const std::string& run_id) {
  std::error_code unknown;
  try {
    if (std::filesystem::exists(mark, unknown) && (run_id.empty() || read_file(mark) == run_id)) return;
    write_file_atomically(mark, run_id);
  } catch (const Error&) {  // the checkpoint is there; the next one tries again
  }
}

/// Whether warnings.jsonl has a row of this kind, of `step` or before.
bool was_warned_of(const std::filesystem::path& warnings, std::string_view kind, std::int64_t step) {
  if (!std::filesystem::exists(warnings)) return false;
  for (const Value& row : read_metrics(warnings).rows) {
    const std::optional<double> its_step = detail::number_at(row, {"step"});
    if (detail::text_at(row, {"kind"}) == kind && its_step && *its_step <= static_cast<double>(step)) return true;
  }
  return false;
}

}  // namespace

void MetricsObserver::on_start(const TrainerView& trainer) {
  // A run that starts anew, or goes back behind a checkpoint, keeps what was logged of the other one.
  if (std::filesystem::exists(folder_.metrics()) && (folder_.goes_back_to(trainer.step()) || leaves_rows(trainer)))
    copy_aside(folder_.metrics());
  log_.emplace(folder_.metrics(), trainer.step() > 0 ? std::optional(trainer.step()) : std::nullopt);
}

bool MetricsObserver::leaves_rows(const TrainerView& trainer) const {
  const auto images = static_cast<double>(trainer.images()), steps = static_cast<double>(trainer.step());
  const double batch = steps > 0 ? images / steps : 0;  // the next checkpoint comes with the step that crosses
  const double interval = std::min(checkpoint_kimg_, folder_.checkpoint_kimg());
  return largest_in(read_metrics(folder_.metrics()), "kimg") > (images + batch) / 1000 + interval;
}

void MetricsObserver::on_log(const TrainerView&, const Value& record) {
  folder_.require_owned();
  log_->append(record);
}

void SampleOptions::validate() const {
  require_interval(every_kimg, "samples: every_kimg");
  detail::require_from_to(count, 1, 65'536, "samples: count");
  detail::require_at_least(columns, 1, "samples: columns");
}

void SampleOptions::require_fits(std::int64_t image_size) const {
  validate();
  require_grid_fits(count, columns, image_size, sample_grid_layout(image_size), "samples");
}

SampleObserver::SampleObserver(RunFolder folder, SampleOptions options, GridSink also, WarningSink warn,
                               double real_diversity)
    : folder_(std::move(folder)),
      options_(options),
      also_(std::move(also)),
      warn_(std::move(warn)),
      real_diversity_(real_diversity) {
  options_.validate();
}

void SampleObserver::on_start(const TrainerView& trainer) {
  images_before_ = trainer.images();
  detail::set_aside_later(step_files(folder_.samples(), ".png"), trainer.step());
  latents_ = TensorRandom(options_.seed, at::kCPU).normal({options_.count, trainer.latent_size()});
  if (trainer.step() == 0)
    write(trainer);
  else if (warn_ && was_warned_of(folder_.warnings(), "collapse", trainer.step()))
    alike_ = are_alike(trainer, diversity(draw(trainer)));
}

void SampleObserver::on_step(const TrainerView& trainer, const StepResult&) {
  if (detail::is_due(images_before_, trainer, options_.every_kimg)) write(trainer);
}

void SampleObserver::on_end(const TrainerView& trainer, StopReason reason) {
  if (reason != StopReason::failed && written_step_ != trainer.step()) write(trainer);
}

Tensor SampleObserver::draw(const TrainerView& trainer) const {
  constexpr std::int64_t together = 256;  // a grid may have thousands, whose feature maps would not fit in memory
  std::vector<Tensor> pieces;
  for (const Tensor& part : latents_.split(together)) pieces.push_back(to_bytes(trainer.sample(part)));
  return pieces.size() == 1 ? pieces.front() : at::cat(pieces);
}

void SampleObserver::write(const TrainerView& trainer) {
  const Tensor images = draw(trainer);
  const Tensor grid = image_grid(images, options_.columns, sample_grid_layout(images.size(3)));
  detail::write_grid(folder_, trainer.step(), grid);
  if (also_) also_(trainer.step(), grid);
  written_step_ = trainer.step();
  if (warn_ && images.size(0) > 1) watch(trainer, images);
}

bool SampleObserver::are_alike(const TrainerView& trainer, double now) const {
  constexpr double fewest_levels = 5, share = 0.25, early = 0.1, early_images = 10'000;
  if (trainer.step() == 0) return false;  // the generator is untrained
  const bool is_early = static_cast<double>(trainer.images()) <
                        std::max(early_images, early * static_cast<double>(trainer.total_images()));
  return now < (is_early ? fewest_levels : std::max(fewest_levels, share * real_diversity_));
}

void SampleObserver::watch(const TrainerView& trainer, const Tensor& images) {
  const double now = diversity(images);
  const bool were_alike = alike_;
  alike_ = are_alike(trainer, now);
  if (!alike_ || were_alike) return;
  std::string message = fmt::format("the samples are nearly alike: {:.1f} gray levels apart", now);
  if (real_diversity_ > 0) message += fmt::format(" (real images: {:.1f})", real_diversity_);
  warn_(trainer.step(), "collapse", message + "; what helps: docs/choosing.md#all-faces-are-alike");
}

void CheckpointOptions::validate() const {
  require_interval(every_kimg, "checkpoints: every_kimg");
  detail::require_at_least(keep, 1, "checkpoints: keep");
}

CheckpointObserver::CheckpointObserver(RunFolder folder, CheckpointOptions options, Value run, WarningSink warn)
    : folder_(std::move(folder)), options_(options), run_(std::move(run)), warn_(std::move(warn)) {
  options_.validate();
}

void CheckpointObserver::on_start(const TrainerView& trainer) {
  images_before_ = trainer.images();
  detail::set_aside_later(own_files(), trainer.step());
  written_step_ = trainer.step();
  // A run that began elsewhere is to go on without what is there.
  if (trainer.step() > 0 && !is_own(trainer.step())) write(trainer);
  if (trainer.step() > 0) mark_as_saved(folder_.saved_mark(), run_id_of(run_));  // a copy may lack hidden files
}

std::vector<StepFile> CheckpointObserver::own_files() const {
  return checkpoint_files(folder_.checkpoints(), run_id_of(run_));
}

bool CheckpointObserver::is_own(std::int64_t step) const {
  const std::vector<StepFile> files = own_files();
  return std::ranges::find(files, step, &StepFile::step) != files.end();
}

void CheckpointObserver::on_step(const TrainerView& trainer, const StepResult&) {
  constexpr int most_failures = 3;
  if (!detail::is_due(images_before_, trainer, options_.every_kimg)) return;
  try {
    write(trainer);
    failures_ = 0;
  } catch (const NonFiniteError&) {
    throw;
  } catch (const FolderLostError&) {
    throw;
  } catch (const Error& error) {
    if (!warn_ || ++failures_ == most_failures) throw;
    warn_(trainer.step(), "checkpoint",
          fmt::format("{}; the next checkpoint is tried when it is due ({} failures in a row end the run)",
                      error.what(), most_failures));
  }
}

void CheckpointObserver::on_end(const TrainerView& trainer, StopReason reason) {
  if (reason != StopReason::failed && written_step_ != trainer.step()) write(trainer);
}

void CheckpointObserver::write(const TrainerView& trainer) {
  TensorFile state;
  trainer.save(state);
  folder_.require_owned();
  std::error_code said_below;  // somebody may have removed it to make room; but not of a run that is gone
  std::filesystem::create_directory(folder_.checkpoints(), said_below);
  const std::filesystem::path file = folder_.checkpoints() / (step_name(trainer.step()) + ".safetensors");
  if (std::error_code unknown; std::filesystem::exists(file, unknown) && !is_own(trainer.step())) set_aside(file);
  save_checkpoint(file, std::move(state), trainer.step(), run_);
  written_step_ = trainer.step();
  folder_.require_owned();  // the disk took its time
  mark_as_saved(folder_.saved_mark(), run_id_of(run_));
  std::vector<StepFile> files = own_files();
  std::erase_if(files, [&](const StepFile& other) { return other.step >= trainer.step(); });
  for (std::size_t i = static_cast<std::size_t>(options_.keep) - 1; i < files.size(); ++i) {
    remove_file(files[files.size() - 1 - i].path);
  }
}

namespace {

/// "loss_d" becomes "loss/d": TensorBoard groups tags by the part before the slash.
std::string board_tag(const std::string& key) {
  for (const std::string_view group : {"loss", "score", "penalty", "gradient_norm", "learning_rate"})
    if (key.size() > group.size() && key.starts_with(group) && key[group.size()] == '_')
      return fmt::format("{}/{}", group, key.substr(group.size() + 1));
  return key == "images_per_second" || key == "wait_share" || key == "observer_share" ? "speed/" + key : "other/" + key;
}

}  // namespace

void TensorBoardObserver::on_start(const TrainerView& trainer) {
  // Points of a run that was killed before its first checkpoint are replaced, too.
  std::error_code unknown;
  const bool goes_on = trainer.step() > 0 || std::filesystem::exists(folder_.tensorboard(), unknown);
  log_.emplace(folder_.tensorboard(), goes_on ? std::optional(trainer.step() + 1) : std::nullopt);
  const Value* const recipe = run_.find("recipe");  // indented by four spaces, so that Markdown leaves it unchanged
  std::string text = "    " + to_json(recipe == nullptr ? run_ : *recipe, 2);
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 5))
    text.insert(at + 1, "    ");
  log_->text(trainer.step(), "recipe", text);
}

void TensorBoardObserver::on_log(const TrainerView& trainer, const Value& record) {
  for (const auto& [key, value] : record.object())
    if (value.is_number() && key != "step") log_->scalar(trainer.step(), board_tag(key), value.number());
}

void TensorBoardObserver::add_grid(std::int64_t step, const Tensor& grid) {
  if (log_) log_->image(step, "samples", grid);
}

void TensorBoardObserver::add_metric(std::int64_t step, const std::string& key, double value) {
  if (log_) log_->scalar(step, "metrics/" + key, value);
}

ReportObserver::ReportObserver(RunFolder folder, Value run, double every_kimg, MakePage make_page)
    : folder_(std::move(folder)), run_(std::move(run)), every_kimg_(every_kimg), make_page_(std::move(make_page)) {
  require_interval(every_kimg_, "report: every_kimg");
  if (!make_page_) make_page_ = [](const std::filesystem::path& root) { write_html_report(root); };
}

void ReportObserver::on_start(const TrainerView& trainer) {
  images_before_ = trainer.images();
  started_ = Clock::now();
  write(trainer, "running");
}

void ReportObserver::on_step(const TrainerView& trainer, const StepResult&) {
  // The page is rebuilt from all rows and pictures on the training thread, which takes longer the longer the run is.
  constexpr double largest_share = 0.03;
  if (detail::is_due(images_before_, trainer, every_kimg_) && spent_ < largest_share * (Clock::now() - started_))
    write(trainer, "running");
}

void ReportObserver::on_end(const TrainerView& trainer, StopReason reason) {
  write(trainer, reason == StopReason::finished ? "finished" : reason == StopReason::asked ? "stopped" : "failed");
}

void ReportObserver::write(const TrainerView& trainer, const std::string& status) {
  const auto begin = Clock::now();
  run_.set("status", status);
  run_.set("step", trainer.step());
  run_.set("kimg", static_cast<double>(trainer.images()) / 1000);
  run_.set("total_kimg", static_cast<double>(trainer.total_images()) / 1000);
  folder_.require_owned();
  write_file_atomically(folder_.run_json(), to_json(run_, 2) + "\n");
  make_page_(folder_.root);
  spent_ += Clock::now() - begin;
}

}  // namespace cspgan
