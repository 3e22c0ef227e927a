// Pictures and their reconstructions while a model trains.
#pragma once

#include <cstdint>

#include "cspgan/detection/reconstruction_model.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/runs/run_observers.hpp"
#include "cspgan/training/observer.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Writes samples/step-XXXXXXXX.png at the start, every `every_kimg` and at the end: rows of pictures, and below each
/// what the model draws of it.
class ReconstructionObserver final : public Observer {
 public:
  /// `pictures` uint8 [N, 3, H, W], of which the first 32 are shown; `classes` int64 [N], or undefined.
  ReconstructionObserver(RunFolder folder, AnyReconstructionModel model, Tensor pictures, Tensor classes,
                         double every_kimg, GridSink also = {});
  void on_start(const TrainerView& trainer) override;
  void on_step(const TrainerView& trainer, const StepResult& result) override;
  void on_end(const TrainerView& trainer, StopReason reason) override;

 private:
  void write(const TrainerView& trainer);

  RunFolder folder_;
  AnyReconstructionModel model_;
  Tensor pictures_, classes_;
  double every_kimg_;
  GridSink also_;
  std::int64_t images_before_ = 0, written_step_ = -1;
};

}  // namespace cspgan
