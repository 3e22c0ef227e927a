#include "programs/evaluation_hooks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "cspgan/terminal/progress.hpp"
#include "programs/training_observers.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

/// Whether somebody chose what is compared, or how many images: a recipe's own choice needs no warning.
bool is_evaluation_chosen(const CommandLine& line) {
  const auto is_own = [&](const RecipeSource& recipe) { return recipe.name == line.recipe.name; };
  if (!line.recipe.data.empty() || std::ranges::none_of(builtin_recipes(), is_own)) return true;
  for (const Value& origin : line.differs_from.array()) {
    if (!(origin.at("of") == Value("this run"))) continue;
    for (const Value& difference : origin.at("options").array()) {
      const std::string& option = difference.at("option").string();
      if (option.starts_with("evaluation.") && option != "evaluation.every_kimg" && option != "evaluation.best")
        return true;
    }
  }
  return false;
}

std::string evaluation_line(const TrainingEvaluation& taken) {
  std::string line;
  for (const MetricValue& metric : taken.evaluation.metrics)
    line += fmt::format("{}{} {:.4g}", line.empty() ? "" : "; ", metric.name, metric.value);
  return fmt::format("evaluation at {:.1f} kimg: {}\n", taken.kimg, line);
}

}  // namespace

EvaluationHooks evaluation_hooks(const TrainingProgram& program, const CommandLine& line, const RunFolder& folder,
                                 const std::shared_ptr<TensorBoardObserver>& board, const StopSignals& signals) {
  const auto bar = std::make_shared<ProgressBar>(BarKind::transient, "evaluation: ");
  // A restart reads the images again, and would say the same of them.
  const auto note_once = [program, folder](std::int64_t step, const std::string& message) {
    const std::vector<std::string> known = folder.warnings_of("evaluation");
    if (std::ranges::find(known, text_in_json(message)) == known.end())
      note_warning(program, folder, step, "evaluation", message);
  };
  EvaluationHooks hooks{
      .evaluated =
          [board](const TrainingEvaluation& taken) {
            for (const MetricValue& metric : taken.evaluation.metrics)
              board->add_metric(taken.step, metric.key, metric.value);
            erase_progress();
            say(stdout, "{}", evaluation_line(taken));
            std::fflush(stdout);
          },
      .warning = note_once,
      .should_stop = [&signals] { return signals.received(); },
      .canceled =
          [](std::int64_t, double kimg) {
            erase_progress();
            say(stderr, "the evaluation at {:.1f} kimg is canceled; it is made up for when the run goes on\n", kimg);
          },
      .progress = [bar](std::string_view stage, std::int64_t done,
                        std::int64_t total) { bar->update(stage, done, total); },
      .progress_ended = [bar] { bar->end(); }};
  if (is_evaluation_chosen(line))
    hooks.few_images = [note_once](std::int64_t step, const std::vector<std::string>& reasons) {
      for (const std::string& reason : reasons) note_once(step, reason + " (evaluation.count, evaluation.real_count)");
    };
  return hooks;
}

}  // namespace cspgan
