#include "programs/begin_run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <utility>

#include "cspgan/recipes/run_description.hpp"
#include "cspgan/terminal/program.hpp"
#include "programs/output_paths.hpp"
#include "programs/run_length.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

/// recipes/run_description.hpp's, and what the program adds.
Value description_of(const TrainingProgram& program, const CommandLine& line, const AnyTrainer& trainer,
                     const AnyImageSource& data) {
  Value run = describe_run(line.recipe, trainer, data);
  run.set("program", program.name);
  run.set("command", line.command);
  run.set("differs_from", line.differs_from);
  if (line.seconds) run.set("time_seconds", *line.seconds);
  return run;
}

/// The path that --resume names, or "" for one of its words.
std::string resumed_path(const std::string& resume) {
  if (!is_path_to_resume(resume)) return {};
  return text_in_json(resolved(resume).string());
}

/// Why `own`, the run that the folder holds, is not the one that began at `path` with the options of this one; "" if it
/// is. Its length, its data and its machine may be others, as for a run that goes on by itself.
std::string why_another_run(const Value& own, const std::string& path, Value run) {
  const Value* const began = own.find("resumed_from");
  if (began == nullptr || !(*began == Value(path))) return "it did not begin there";
  if (const Value* const before = own.find("recipe"); before != nullptr && before->is_object())
    for (const char* length : {"kimg", "epochs", "steps"})
      if (const Value* const there = before->find(length)) run["recipe"].set(length, *there);
  return fmt::format("{}", fmt::join(option_changes_of_run(own, run), "; "));
}

/// Takes the weights of another run, as far as they fit, and says what does not.
void initialize(const TrainingProgram& program, const std::string& init, AnyTrainer& trainer) {
  const Checkpoint checkpoint =
      load_checkpoint_at(init, [&](const std::string& reason) { print_warning(program.name, reason); });
  const auto [generator, ema, discriminator] = [&] {
    try {
      return trainer.initialize(checkpoint.state);
    } catch (const Error& error) {
      throw Error(fmt::format("--init: '{}': {}", checkpoint.path.string(), error.what()));
    }
  }();
  std::string text;
  for (const auto& [name, fitted] : {std::pair{"generator", &generator}, std::pair{"discriminator", &discriminator}}) {
    const auto left = static_cast<std::int64_t>(fitted->left.size());
    text += fmt::format("{} {} of {} tensors", text.empty() ? name : fmt::format(", {}", name), fitted->taken,
                        fitted->taken + left);
    for (std::size_t i = 0; i < fitted->left.size() && i < 3; ++i)
      text += (i == 0 ? " (new: " : ", ") + fitted->left[i];
    if (left > 0) text += left > 3 ? ", ...)" : ")";
  }
  say(stdout, "{}: weights from {}: {}\n", program.name, checkpoint.path.string(), text);
}

/// "; this run continues with another image_size (32 -> 64)", for an error.
std::string options_that_changed(const Value& before, const Value& now) {
  std::string text;
  for (const std::string& change : changes_of_run(before, now)) text += "; " + change;
  return text;
}

}  // namespace

bool is_from_elsewhere(const std::string& resume, const RunFolder& folder) {
  return is_path_to_resume(resume) && !is_within(resume, folder.root);
}

Beginning begin_run(const TrainingProgram& program, CommandLine& line, const RunFolder& folder, AnyTrainer& trainer,
                    const AnyImageSource& data, const StopSignals& signals) {
  std::string resumed_from = resumed_path(line.recipe.resume);
  bool goes_on = false;
  const std::optional<Checkpoint> checkpoint = folder.checkpoint_to_resume(
      line.recipe.resume, [&](const std::string& reason) { print_warning(program.name, reason); },
      [&](const Value& own) {
        const std::string why = why_another_run(own, resumed_from, description_of(program, line, trainer, data));
        if (!why.empty())
          print_warning(program.name,
                        fmt::format("'{}' holds a run of its own, which is set aside (*.replaced) for one that begins "
                                    "at '{}': {}; to go on with it, leave --resume out",
                                    folder.root.string(), line.recipe.resume, why));
        return goes_on = why.empty();
      });
  const bool over_another = is_from_elsewhere(line.recipe.resume, folder) && !goes_on;
  if (line.seconds) {
    line.recipe.kimg = kimg_within(*line.seconds, line.recipe, data, checkpoint ? &checkpoint->run : nullptr, signals);
    line.recipe.epochs.reset();
    line.recipe.steps.reset();
    line.differs_from = describe_origins(line.source, line.recipe);
  }
  Value run = description_of(program, line, trainer, data);
  if (!checkpoint) {
    if (!line.recipe.init.empty()) initialize(program, line.recipe.init, trainer);
    return {std::move(run), std::nullopt};
  }
  if (!line.recipe.init.empty())
    print_warning(program.name,
                  fmt::format("'{}' holds a run, which goes on; --init is for new runs, and takes nothing here",
                              folder.root.string()));
  if (const Value* const earlier = checkpoint->run.find("resumed_from");
      resumed_from.empty() && earlier != nullptr && earlier->is_string())
    resumed_from = earlier->string();
  if (!resumed_from.empty()) run.set("resumed_from", resumed_from);
  try {
    trainer.load(checkpoint->state);
  } catch (const Error& error) {
    throw Error(fmt::format("'{}': {}; for a run of its own, choose another folder (--out){}",
                            checkpoint->path.string(), error.what(), options_that_changed(checkpoint->run, run)));
  }
  for (const std::string& change : changes_of_run(checkpoint->run, run)) print_warning(program.name, change);
  return {std::move(run), checkpoint->path, over_another};
}

}  // namespace cspgan
