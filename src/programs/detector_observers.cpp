#include "programs/detector_observers.hpp"

#include <memory>

#include "cspgan/detection/reconstruction_observer.hpp"
#include "cspgan/runs/run_observers.hpp"
#include "cspgan/runs/tolerant_observer.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/terminal/progress.hpp"
#include "programs/detect_train_command.hpp"

namespace cspgan {

void warn_of_training(const std::string& message) { print_warning(detect_train_name, message); }

Observers make_detector_observers(const DetectorRecipe& recipe, const RunFolder& folder, const Value& run,
                                  const AnyReconstructionModel& model, const InspectionData& data) {
  const auto board = std::make_shared<TensorBoardObserver>(folder, run);
  const auto tolerant = [](std::shared_ptr<Observer> observer) {
    return std::make_shared<TolerantObserver>(
        std::move(observer), [](std::int64_t, const std::string& message) { warn_of_training(message); });
  };
  return {std::make_shared<ProgressObserver>(),
          tolerant(std::make_shared<MetricsObserver>(folder, recipe.checkpoints.every_kimg)),
          tolerant(board),
          tolerant(std::make_shared<ReconstructionObserver>(
              folder, model, data.validation.images, data.validation.classes, recipe.samples_every_kimg,
              [board](std::int64_t step, const Tensor& grid) { board->add_grid(step, grid); })),
          std::make_shared<CheckpointObserver>(
              folder, recipe.checkpoints, run,
              [](std::int64_t, std::string_view, std::string_view message) { warn_of_training(std::string(message)); }),
          tolerant(std::make_shared<ReportObserver>(folder, run, recipe.samples_every_kimg))};
}

}  // namespace cspgan
