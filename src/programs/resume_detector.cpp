#include "programs/resume_detector.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "core/lookup.hpp"
#include "programs/detector_gan.hpp"
#include "programs/detector_observers.hpp"

namespace cspgan {

namespace {

/// Whether the detector is there that is made of this state.
bool is_made_of(const Checkpoint& checkpoint, const std::filesystem::path& detector) {
  const auto made = checkpoint_header(detector);
  return made && made->step == checkpoint.step && !are_two_runs(run_id_of(made->run), run_id_of(checkpoint.run));
}

/// What would make another detector of a training that is over. A machine changes no result that matters here, and the
/// length none as long as no detector is made.
std::vector<std::string> changes_of_result(const Checkpoint& checkpoint, Value run, bool is_made) {
  if (!is_made) {
    if (const auto kimg = detail::number_at(checkpoint.run, {"recipe", "kimg"})) run["recipe"].set("kimg", *kimg);
    return option_changes_of_detector_run(checkpoint.run, run);
  }
  if (const Value* const threads = checkpoint.run.find("threads")) run.set("threads", *threads);
  return changes_of_detector_run(checkpoint.run, run);
}

}  // namespace

void resume_detector(const Checkpoint& checkpoint, Value& run, std::int64_t total_images,
                     const std::filesystem::path& detector, ModelTrainer& trainer) {
  try {
    trainer.load(checkpoint.state);
  } catch (const Error& error) {
    throw Error(fmt::format("'{}': {}", checkpoint.path.string(), error.what()));
  }
  Value same_gan = run;
  if (const auto gan = detail::text_at(checkpoint.run, {gan_key})) same_gan.set(gan_key, *gan);
  if (trainer.images() >= total_images)
    for (const std::string& change : changes_of_result(checkpoint, same_gan, is_made_of(checkpoint, detector)))
      throw OptionError(fmt::format("'{}' is of a training that is over, and {}: choose another folder (--out)",
                                    checkpoint.path.string(), change));
  for (const std::string& change : changes_of_detector_run(checkpoint.run, run)) warn_of_training(change);
  run = std::move(same_gan);
}

}  // namespace cspgan
