// Finding and loading a checkpoint.
#include "programs/resume.hpp"

#include <fmt/format.h>

#include "cspgan/core/error.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/training/checkpoints.hpp"
#include "programs/run_description.hpp"

namespace cspgan {

namespace {

/// The checkpoint to go on from, as --resume says, or nothing for a new run.
std::optional<Checkpoint> find_checkpoint(const TrainingProgram& program, const std::string& resume,
                                          const RunFolder& folder) {
  const auto on_damaged = [&](const std::string& reason) {
    print_warning(program.name, reason + "; trying the one before it");
  };
  if (resume != "auto" && resume != "never" && resume != "must") return load_checkpoint(resume);
  if (resume == "never") {
    if (!list_checkpoints(folder.checkpoints()).empty())
      throw OptionError(fmt::format(
          "'{}' already holds a run; choose another --out, or resume it without --resume never", folder.root.string()));
    return std::nullopt;
  }
  auto found = load_latest_checkpoint(folder.checkpoints(), on_damaged);
  if (!found && resume == "must")
    throw OptionError(fmt::format("there is nothing to resume in '{}': it holds no checkpoint", folder.root.string()));
  return found;
}

}  // namespace

std::optional<std::filesystem::path> resume(const TrainingProgram& program, const Recipe& recipe,
                                            const RunFolder& folder, const Value& run, AnyTrainer& trainer) {
  const std::optional<Checkpoint> checkpoint = find_checkpoint(program, recipe.resume, folder);
  if (!checkpoint) return std::nullopt;
  trainer.load(checkpoint->state);
  warn_of_changes(program, checkpoint->run, run);
  return checkpoint->path;
}

}  // namespace cspgan
