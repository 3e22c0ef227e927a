#include "programs/resume_detector.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "core/lookup.hpp"
#include "programs/detector_gan.hpp"
#include "programs/detector_observers.hpp"

namespace cspgan {

void resume_detector(const Checkpoint& checkpoint, Value& run, std::int64_t total_images, bool is_made,
                     ModelTrainer& trainer) {
  try {
    trainer.load(checkpoint.state);
  } catch (const Error& error) {
    throw Error(fmt::format("'{}': {}", checkpoint.path.string(), error.what()));
  }
  Value same_gan = run;
  if (const auto gan = detail::text_at(checkpoint.run, {gan_key})) same_gan.set(gan_key, *gan);
  Value same_length = same_gan;
  if (const auto kimg = detail::number_at(checkpoint.run, {"recipe", "kimg"})) same_length["recipe"].set("kimg", *kimg);
  const bool is_another = is_made || !option_changes_of_detector_run(checkpoint.run, same_length).empty();
  for (const std::string& change : changes_of_detector_run(checkpoint.run, run)) {
    if (is_another && trainer.images() >= total_images)
      throw OptionError(fmt::format("'{}' is of a training that is over, and {}: choose another folder (--out)",
                                    checkpoint.path.string(), change));
    warn_of_training(change);
  }
  run = std::move(same_gan);
}

}  // namespace cspgan
