// Draws and writes grids of pictures and reconstructions.
#include "cspgan/detection/reconstruction_observer.hpp"

#include <ATen/ops/cat.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "cspgan/report/images.hpp"
#include "cspgan/training/checkpoints.hpp"
#include "cspgan/training/trainer.hpp"
#include "runs/observer_tools.hpp"

namespace cspgan {

namespace {

constexpr std::int64_t columns = 8, shown = 32;

}  // namespace

ReconstructionObserver::ReconstructionObserver(RunFolder folder, AnyReconstructionModel model, Tensor pictures,
                                               Tensor classes, double every_kimg, GridSink also)
    : folder_(std::move(folder)),
      model_(std::move(model)),
      pictures_(pictures.narrow(0, 0, std::min(pictures.size(0), shown))),
      classes_(classes.defined() ? classes.narrow(0, 0, pictures_.size(0)) : classes),
      every_kimg_(every_kimg),
      also_(std::move(also)) {}

void ReconstructionObserver::on_start(const TrainerView& trainer) {
  images_before_ = trainer.images();
  detail::set_aside_later(step_files(folder_.samples(), ".png"), trainer.step());
  if (trainer.step() == 0) write(trainer);
}

void ReconstructionObserver::on_step(const TrainerView& trainer, const StepResult&) {
  if (detail::is_due(images_before_, trainer, every_kimg_)) write(trainer);
}

void ReconstructionObserver::on_end(const TrainerView& trainer, StopReason reason) {
  if (reason != StopReason::failed && written_step_ != trainer.step()) write(trainer);
}

void ReconstructionObserver::write(const TrainerView& trainer) {
  const c10::AutoGradMode no_graph(false);
  const at::Device device = model_->parameters().front().device();
  model_->eval();
  const Tensor drawn =
      to_bytes(model_->reconstruct(detail::prepare_images(pictures_, device, at::MemoryFormat::ChannelsLast),
                                   classes_.defined() ? classes_.to(device) : classes_));
  model_->train();
  std::vector<Tensor> rows;
  for (std::int64_t first = 0; first < pictures_.size(0); first += columns) {
    const std::int64_t count = std::min(columns, pictures_.size(0) - first);
    if (count < columns && first > 0) break;  // a row that is not full would shift what is below
    rows.push_back(pictures_.narrow(0, first, count));
    rows.push_back(drawn.narrow(0, first, count).to(at::kCPU));
  }
  const Tensor grid = image_grid(at::cat(rows), std::min(columns, pictures_.size(0)),
                                 sample_grid_layout(std::max(pictures_.size(2), pictures_.size(3))));
  detail::write_grid(folder_, trainer.step(), grid);
  if (also_) also_(trainer.step(), grid);
  written_step_ = trainer.step();
}

}  // namespace cspgan
