// Parsing and checking the command line of `evaluate`.
#include "programs/evaluate_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <limits>
#include <ranges>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/data/open_images.hpp"
#include "cspgan/models/latents.hpp"
#include "cspgan/terminal/program.hpp"
#include "programs/output_paths.hpp"
#include "terminal/parse.hpp"

namespace cspgan {

namespace fs = std::filesystem;

void EvaluateCommand::validate() const {
  if (avatars && (checkpoint.empty() || !fake.empty() || !data.empty() || !pictures.empty()))
    throw OptionError("--avatars reads what --checkpoint FILE draws; it takes no --fake, no --data and no --pictures");
  if (!avatars && data.empty())
    throw OptionError("say where the real images are: --data FOLDER (or read generated avatars: --avatars)");
  if (checkpoint.empty() == fake.empty())
    throw OptionError("give the fakes either by --checkpoint FILE or by --fake FOLDER");
  if (const fs::path folder = json.parent_path(); !folder.empty() && !fs::is_directory(folder))
    throw OptionError(fmt::format("--json: there is no folder '{}'", folder.string()));
  if (!json.empty()) require_writable(json, "--json", {".json"});
  if (!pictures.empty()) {
    for (const fs::path& path : data_paths(data)) require_outside(pictures, "--pictures", path, "--data");
    for (const fs::path& path : data_paths(fake)) require_outside(pictures, "--pictures", path, "--fake");
  }
  detail::require_from_to(count, 2, most_images, "--count");
  detail::require_from_to(real_count, 0, 1'000'000'000, "--real-count");
  if (real_count == 1) throw OptionError("--real-count must be at least 2, or 0 for all");
  if (image_size != 0) detail::require_from_to(image_size, 2, 4096, "--image-size");
  detail::require_from_to(seed, 0, std::numeric_limits<std::int64_t>::max(), "--seed");
  detail::require_from_to(batch_size, 1, 4096, "--batch-size");
}

EvaluatorOptions EvaluateCommand::evaluator_options() const {
  EvaluatorOptions options{.features = features,
                           .is_inception = is_inception,
                           .image_size = image_size,
                           .count = count,
                           .real_count = real_count,
                           .seed = static_cast<std::uint64_t>(seed),
                           .batch_size = batch_size,
                           .device = device,
                           .cache = cache_of(cache, "features")};
  assign(options.resizing, Value(resizing), "--resizing");
  Value::Array names;
  for (const auto part : std::views::split(metrics, ',')) names.emplace_back(std::string(part.begin(), part.end()));
  assign(options.evaluation.metrics, Value(std::move(names)), "--metrics");
  options.evaluation.kernel = {.subsets = subsets, .subset_size = subset_size, .seed = options.seed};
  options.evaluation.neighbors = neighbors;
  options.evaluation.validate();
  return options;
}

std::optional<EvaluateCommand> parse_evaluate_command(int argc, char** argv) {
  EvaluateCommand command;
  command.typed = shell_text(argc, argv);
  CLI::App app(
      "Compares fakes with real images: Frechet distance (FID with the Inception network), kernel distance, "
      "precision, recall, density, coverage, leave-one-out 1-NN, diversity.",
      "evaluate");
  app.add_option("--checkpoint", command.checkpoint,
                 "checkpoint whose generator makes the fakes; of a run's folder, the newest");
  app.add_option("--fake", command.fake, "fakes made by any program: a folder, or what --data takes");
  app.add_flag("--avatars", command.avatars,
               "read the attributes of generated avatars instead: styles covered, values dropped; needs no --data");
  app.add_option(
      "--data", command.data,
      "the real images: a folder or a zip archive (CelebA's and FFHQ's layouts are known), a list of files (.txt, "
      ".csv), a packed set (.npy), or several of these, joined by colons");
  command.open.add_to(app, "real images");
  app.add_option("--features", command.features,
                 "a TorchScript network, such as inception-2015-12-05.pt; or builtin, a small one with fixed weights")
      ->capture_default_str();
  app.add_flag("--fid", command.is_inception, "--features is the Inception network, whatever its checksum");
  app.add_option(
         "--resizing", command.resizing,
         "how images are resized for the network: none (it does so itself, as for StyleGAN), clean-fid or pytorch-fid")
      ->capture_default_str();
  app.add_option("--metrics", command.metrics, "fid, kid, prdc, one_nn, inception_score, diversity, nearest")
      ->capture_default_str();
  app.add_option("--count", command.count, "number of fakes; all of them if a folder has fewer")->capture_default_str();
  app.add_option("--real-count", command.real_count, "number of real images, chosen by the seed; 0 for all")
      ->capture_default_str();
  app.add_option("--image-size", command.image_size,
                 "side, in pixels, to crop and resize images to first; 0: the checkpoint's, or no change with --fake")
      ->capture_default_str();
  app.add_option("--neighbors", command.neighbors, "k of precision, recall, density and coverage")
      ->capture_default_str();
  app.add_option("--subsets", command.subsets, "subsets of the kernel distance")->capture_default_str();
  app.add_option("--subset-size", command.subset_size, "images in each subset")->capture_default_str();
  app.add_option("--seed", command.seed, "seed of the fakes and of the choice of images")->capture_default_str();
  app.add_option("--batch-size", command.batch_size, "images processed at once")->capture_default_str();
  command.add_to(app);
  app.add_option(
      "--cache", command.cache,
      "folder that keeps features of folders and attribute classifiers (default: the user's cache), or none");
  app.add_option("--json", command.json, "file to write the metrics to as well");
  app.add_option("--pictures", command.pictures,
                 "folder for two pictures: fakes beside their nearest reals, and a t-SNE map of both");
  if (parse(app, argc, argv, {{"--neighbours", "--neighbors"}, {"--weights averaged", "--weights ema"}}))
    return std::nullopt;
  command.validate();
  return command;
}

}  // namespace cspgan
