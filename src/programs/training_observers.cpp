// Wiring the observers to the folder, to each other and to the terminal.
#include "programs/training_observers.hpp"

#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "cspgan/data/image_error.hpp"
#include "cspgan/data/resize.hpp"
#include "cspgan/report/images.hpp"
#include "cspgan/runs/run_observers.hpp"
#include "cspgan/runs/tolerant_observer.hpp"
#include "cspgan/terminal/progress.hpp"
#include "programs/evaluation_hooks.hpp"
#include "programs/open_words.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

/// How much real images differ, by 16 of them, without those that cannot be read.
double real_diversity(const AnyImageSource& data, std::int64_t image_size) {
  constexpr std::int64_t most = 16;
  std::vector<Tensor> images;
  for (std::int64_t i = 0, count = std::min(data.size(), most); i < count; ++i) {
    try {
      images.push_back(resize(center_crop_square(data.image(i * data.size() / count)), image_size));
    } catch (const ImageError&) {  // the loader names it
    }
  }
  return images.size() < 2 ? 0 : diversity(at::stack(images));
}

}  // namespace

DataRequest data_request(const Recipe& recipe, const StopSignals& signals) {
  return {.path = recipe.data,
          .options = {.partition = recipe.source.partition,
                      .image_size = recipe.image_size,
                      .holdout = recipe.source.holdout,
                      .where = recipe.source.where,
                      .min_side = recipe.source.min_side,
                      .crop = recipe.source.crop,
                      .on_progress = stage_of(stoppable_bars(signals, BarKind::transient), sizes_stage)},
          .count = recipe.source.count,
          .seed = recipe.seed};
}

void note_warning(const TrainingProgram& program, const RunFolder& folder, std::int64_t step, std::string_view kind,
                  std::string_view message) {
  print_warning(program.name, message);
  try {
    folder.append_warning(step, kind, message);
  } catch (const Error& error) {  // a full disk ends no training
    print_warning(program.name, error.what());
  }
}

Observers make_observers(const TrainingProgram& program, const CommandLine& line, const RunFolder& folder,
                         const Value& run, const AnyImageSource& data, at::Device device, const StopSignals& signals,
                         const std::shared_ptr<ProfileObserver>& profile) {
  const Recipe& recipe = line.recipe;
  const auto board = std::make_shared<TensorBoardObserver>(folder, run);
  const WarningSink warn = [program, folder](std::int64_t step, std::string_view kind, std::string_view message) {
    note_warning(program, folder, step, kind, message);
  };
  const auto tolerant = [&](std::shared_ptr<Observer> observer) {
    return std::make_shared<TolerantObserver>(
        std::move(observer), [warn](std::int64_t step, const std::string& message) { warn(step, "file", message); });
  };
  Observers observers{
      std::make_shared<ProgressObserver>(),
      tolerant(std::make_shared<MetricsObserver>(folder, recipe.checkpoints.every_kimg)), tolerant(board),
      tolerant(std::make_shared<SampleObserver>(
          folder, recipe.samples, [board](std::int64_t step, const Tensor& grid) { board->add_grid(step, grid); }, warn,
          real_diversity(data, recipe.image_size))),
      // After the log and the grid: a run that is killed between two files makes both again, and neither is missing.
      std::make_shared<CheckpointObserver>(folder, recipe.checkpoints, run, warn)};
  if (recipe.evaluation.every_kimg > 0) {  // after the log, whose later rows a resume drops
    DataRequest measured = data_request(recipe, signals);
    measured.options.partition = recipe.evaluation.partition;
    const bool same = measured.options.partition == recipe.source.partition;
    observers.push_back(tolerant(std::make_shared<EvaluationObserver>(
        recipe.evaluation, same ? data : program.open_data(measured), recipe.image_size,
        evaluation_hooks(program, line, folder, board, signals), EvaluatedRun{folder, run}, device)));
  }
  observers.push_back(
      tolerant(std::make_shared<ReportObserver>(folder, run, recipe.samples.every_kimg)));  // shows all above
  if (profile) observers.push_back(profile);
  return observers;
}

}  // namespace cspgan
