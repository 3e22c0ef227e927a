#include "programs/detector_gan.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "core/lookup.hpp"
#include "programs/detector_observers.hpp"
#include "programs/run_origin.hpp"

namespace cspgan {

namespace {

/// The newest checkpoint, without its state, of the detector that goes on, if that was built on a GAN: where `resume`
/// says, or in the folder, if a run that began there lies in it by now.
std::optional<Checkpoint> kept_gan(const RunFolder& folder, const std::string& resume) {
  std::vector<std::filesystem::path> files = checkpoints_at(folder.root);
  if (is_path_to_resume(resume)) {
    const auto named = checkpoints_at(resume);
    files.insert(files.begin(), named.begin(), named.end());
  }
  for (const auto& file : files)
    if (auto header = checkpoint_header(file); header && detail::text_at(header->run, {gan_key})) return header;
  return std::nullopt;
}

}  // namespace

std::string GanOfDetector::identity() const {
  return is_kept ? detail::text_at(checkpoint.run, {gan_key}).value_or("") : identity_of(checkpoint);
}

AnyReconstructionModel GanOfDetector::make_model(DetectorRecipe& recipe, std::int64_t classes) const {
  if (!is_kept) return make_model_of_gan(recipe, classes, checkpoint);
  for (const std::string_view network : {"generator", "discriminator"})
    if (const Value* const options = detail::value_at(checkpoint.run, {"recipe", "model", network}))
      recipe.model.set(network, *options);
  return cspgan::make_model(recipe, classes);
}

std::optional<GanOfDetector> load_gan(const std::string& path, const RunFolder& folder, const std::string& resume) {
  if (path.empty()) return std::nullopt;
  try {
    return GanOfDetector{load_checkpoint_at(path, warn_of_training)};
  } catch (const Error& error) {
    auto kept = kept_gan(folder, resume);
    if (!kept) throw;
    warn_of_training(fmt::format("{}; the run goes on with the networks that it has of it", error.what()));
    return GanOfDetector{*std::move(kept), true};
  }
}

}  // namespace cspgan
