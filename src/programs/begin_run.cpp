#include "programs/begin_run.hpp"

#include <fmt/format.h>

#include <functional>
#include <string>
#include <utility>

#include "cspgan/recipes/run_description.hpp"
#include "cspgan/terminal/program.hpp"
#include "programs/resumed_run.hpp"
#include "programs/run_length.hpp"
#include "programs/run_origin.hpp"
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

/// The same of a run that is new.
Value description_of_new(const TrainingProgram& program, const CommandLine& line, const AnyTrainer& trainer,
                         const AnyImageSource& data) {
  Value run = description_of(program, line, trainer, data);
  if (!line.recipe.init.empty()) run.set(init_state_key, identity_at(line.recipe.init));
  return run;
}

/// Takes the weights of another run, as far as they fit, and says what does not. Returns the identity of their state.
std::string initialize(const TrainingProgram& program, const std::string& init, AnyTrainer& trainer) {
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
  return identity_of(checkpoint);
}

/// The state of the run that goes on. Throws Error, which says what `run`, the description of this one, has other than
/// that.
void load(const Checkpoint& checkpoint, AnyTrainer& trainer, const std::function<Value()>& run) {
  try {
    trainer.load(checkpoint.state);
  } catch (const Error& error) {
    std::string text = fmt::format("'{}': {}; for a run of its own, choose another folder (--out)",
                                   checkpoint.path.string(), error.what());
    for (const std::string& change : changes_of_run(checkpoint.run, run())) text += "; " + change;
    throw Error(text);
  }
}

}  // namespace

Beginning begin_run(const TrainingProgram& program, CommandLine& line, const RunFolder& folder, AnyTrainer& trainer,
                    const AnyImageSource& data, const StopSignals& signals) {
  const auto [checkpoint, is_branch, replaces_other, origin] =
      find_run_to_resume(line.recipe.resume, folder,
                         {program.name,
                          "generator",
                          {"kimg", "epochs", "steps"},
                          {},
                          [&] { return description_of_new(program, line, trainer, data); },
                          option_changes_of_run});
  if (checkpoint) load(*checkpoint, trainer, [&] { return description_of(program, line, trainer, data); });
  if (line.seconds) {
    const Value* const before = checkpoint && !is_branch ? &checkpoint->run : nullptr;
    line.recipe.kimg = kimg_within(*line.seconds, line.recipe, data, is_branch ? trainer.images() : 0, before, signals);
    line.recipe.epochs.reset();
    line.recipe.steps.reset();
    line.differs_from = describe_origins(line.source, line.recipe);
  }
  Value run = description_of(program, line, trainer, data);
  for (const auto& [key, value] : origin) run.set(key, value);
  if (!checkpoint) {
    if (!line.recipe.init.empty()) run.set(init_state_key, initialize(program, line.recipe.init, trainer));
    return {std::move(run), std::nullopt, replaces_other};
  }
  if (!line.recipe.init.empty())
    print_warning(program.name,
                  fmt::format("'{}' holds a run, which goes on; --init is for new runs, and takes nothing here",
                              folder.root.string()));
  for (const std::string& change : changes_of_run(checkpoint->run, run)) print_warning(program.name, change);
  return {std::move(run), checkpoint->path, replaces_other};
}

}  // namespace cspgan
