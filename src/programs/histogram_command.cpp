// Parsing and checking the command line of `pixel_histogram`.
#include "programs/histogram_command.hpp"

#include <CLI/CLI.hpp>

#include "core/checks.hpp"
#include "cspgan/data/open_images.hpp"
#include "cspgan/models/latents.hpp"
#include "programs/output_paths.hpp"
#include "terminal/parse.hpp"

namespace cspgan {

void HistogramCommand::validate() const {
  if (data.empty() == (avatars == 0))
    throw OptionError(
        "give the images either by --data FOLDER or, for those that the library draws, by --avatars COUNT");
  if (!data.empty())
    for (const std::filesystem::path& path : data_paths(data)) require_outside(out, "--out", path, "--data");
  detail::require_from_to(avatars, 0, most_images, "--avatars");
  if (image_size) detail::require_from_to(*image_size, avatars == 0 ? 2 : 8, 1024, "--image-size");
  detail::require_from_to(count, 1, 100'000, "--count");
  detail::require_at_least(seed, 0, "--seed");
  detail::require_not_negative(smoothing, "--smoothing");
  if (measured() != 0) detail::require_from_to(measured(), 2, most_images, "--evaluate");
}

EvaluatorOptions HistogramCommand::evaluator_options(std::int64_t size) const {
  EvaluatorOptions options{.features = features,
                           .image_size = size,
                           .count = measured(),
                           .seed = static_cast<std::uint64_t>(seed),
                           .device = device,
                           .cache = cache_of(cache, "features")};
  options.evaluation.kernel.seed = options.seed;
  return options;
}

std::optional<HistogramCommand> parse_histogram_command(int argc, char** argv) {
  HistogramCommand command;
  CLI::App app(
      "Fits a histogram to each pixel of a set of images, and draws samples; with --checkpoint, beside a GAN's images.",
      "pixel_histogram");
  app.add_option("--data", command.data, "a folder, an archive, a list or a packed set of images");
  app.add_option("--avatars", command.avatars,
                 "number of avatars to draw instead of reading --data, by --seed; the quick start has those of seed 1");
  command.open.add_to(app, "images");
  app.add_option("--checkpoint", command.checkpoint,
                 "checkpoint of a GAN to compare with; of a run's folder, the newest");
  app.add_option("--image-size", command.image_size, "side of the images, in pixels: the checkpoint's, or 64");
  app.add_option("--smoothing", command.smoothing, "what is added to each count, 0 or more")->capture_default_str();
  app.add_option("--count", command.count, "samples to draw")->capture_default_str();
  app.add_option("--seed", command.seed, "seed of the samples; sample k depends only on it and on k")
      ->capture_default_str();
  app.add_option("--evaluate", command.evaluate,
                 "number of samples to measure as `evaluate` does, and of the GAN's images: with --checkpoint 1,000, "
                 "else 0");
  app.add_option("--features", command.features,
                 "a TorchScript network, such as inception-2015-12-05.pt; or builtin, a small one with fixed weights")
      ->capture_default_str();
  app.add_option("--cache", command.cache,
                 "folder that keeps features of folders (default: the user's cache), or none");
  app.add_option("--device", command.device, "auto, cpu, cuda or cuda:<index>")->capture_default_str();
  app.add_option("--threads", command.threads, "CPU threads; 0 is LibTorch's choice");
  app.add_option("--out", command.out, "folder for the samples, grids of them and the mean image")
      ->capture_default_str();
  if (parse(app, argc, argv)) return std::nullopt;
  command.validate();
  return command;
}

}  // namespace cspgan
