#include "programs/detector_gan.hpp"

#include <fmt/format.h>

#include "core/lookup.hpp"
#include "programs/detector_output.hpp"
#include "programs/run_origin.hpp"

namespace cspgan {

namespace {

constexpr std::string_view gan_key = "gan";

/// The newest checkpoint of the folder's run, without its state, if it was built on a GAN.
std::optional<Checkpoint> kept_gan(const RunFolder& folder) {
  const auto own = folder.own_checkpoints();
  auto newest = own.empty() ? std::nullopt : checkpoint_header(own.back().path);
  return newest && detail::text_at(newest->run, {gan_key}) ? newest : std::nullopt;
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

std::optional<GanOfDetector> load_gan(const std::string& path, const RunFolder& folder) {
  if (path.empty()) return std::nullopt;
  try {
    return GanOfDetector{load_checkpoint_at(path, warn_of_training)};
  } catch (const Error& error) {
    auto kept = kept_gan(folder);
    if (!kept) throw;
    warn_of_training(fmt::format("{}; the run goes on with the networks that it has of it", error.what()));
    return GanOfDetector{*std::move(kept), true};
  }
}

}  // namespace cspgan
