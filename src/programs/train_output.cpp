#include "programs/train_output.hpp"

#include <fmt/format.h>

#include "cspgan/recipes/outcome.hpp"
#include "cspgan/report/curves.hpp"
#include "cspgan/runs/epoch_animation.hpp"
#include "cspgan/terminal/progress.hpp"
#include "cspgan/training/checkpoints.hpp"
#include "programs/training_observers.hpp"
#include "terminal/print.hpp"

namespace cspgan {

void print_start(const TrainingProgram& program, const Recipe& recipe, const Value& run, const AnyImageSource& data) {
  const auto millions = [&](const char* network) {
    return static_cast<double>(run.at("parameters").at(network).integer()) / 1e6;
  };
  say(stdout, "{}: found {}\n", program.name, data.contents());
  say(stdout, "{}: recipe {}, {} images at {}x{}, generator {:.2f} M and discriminator {:.2f} M weights, on {}\n",
      program.name, recipe.name, data.size(), recipe.image_size, recipe.image_size, millions("generator"),
      millions("discriminator"), run.at("device").string());
}

void print_expectation(const RecipeSource& source, const Recipe& recipe, std::int64_t total) {
  const bool avatars = recipe.data.empty();  // what is drawn has no path
  const Outcome* const closest =
      closest_outcome(source.measured, avatars, recipe.image_size, static_cast<double>(total) / 1000);
  if (closest != nullptr)
    say(stdout, "measured before, with the recipe's own options: {} on {}\n", source.name, outcome_text(*closest));
}

void print_end(const RunSummary& summary, const RunFolder& folder, std::int64_t skipped) {
  const auto files = folder.own_checkpoints();
  say(stdout, "{} after {} steps, {:.1f} kimg{}\n  report      {}\n  pictures    {}\n  checkpoint  {}\n",
      summary.reason == StopReason::finished ? "finished" : "stopped", summary.steps,
      static_cast<double>(summary.images) / 1000, skipped == 0 ? "" : fmt::format(", {} image(s) skipped", skipped),
      folder.report().string(), (folder.samples() / (step_name(summary.steps) + ".png")).string(),
      files.empty() ? "none" : files.back().path.string());
  if (summary.reason == StopReason::asked) say(stdout, "the same command continues this run\n");
}

void draw_end(const TrainingProgram& program, const RunFolder& folder, std::int64_t step) {
  const auto draw = [&](const auto& write) {
    folder.require_owned();
    try {
      write();
    } catch (const Error& error) {
      note_warning(program, folder, step, "file", error.what());
    }
  };
  draw([&] { write_curves(folder.root); });
  draw([&] { write_epoch_animation(folder.root, folder.root / "animation.webp", {}, stage_bars()); });
}

}  // namespace cspgan
