#include "programs/directions_command.hpp"

#include <CLI/CLI.hpp>

#include "terminal/parse.hpp"

namespace cspgan {

std::optional<DirectionsCommand> parse_directions(int argc, char** argv) {
  DirectionsCommand command;
  CLI::App app("Finds directions of the latents: the main ones from the weights, and those of attributes.",
               "directions");
  command.add_checkpoint_to(app);
  app.add_option("--out", command.out, "folder for directions.safetensors and directions.png")->capture_default_str();
  app.add_option("--main", command.main, "number of main directions")->capture_default_str();
  auto* const avatars = app.add_flag("--avatars", command.avatars,
                                     "also directions of the attributes that a classifier reads in avatars");
  auto* const data = app.add_option(
      "--data", command.data,
      "also directions of the labels of these real images, which a regression from --features learns to read");
  avatars->excludes(data);
  command.open.add_to(app, "real images");
  app.add_option(
         "--features", command.features,
         "what --data's images are read with: a TorchScript network, or builtin, a small one with fixed weights")
      ->capture_default_str();
  app.add_flag("--raw", command.raw, "leave in an attribute's direction what it shares with those of other attributes");
  app.add_option("--count", command.count, "images from which attributes' directions are learned")
      ->capture_default_str();
  app.add_option("--test-count", command.test_count, "images by which directions are scored")->capture_default_str();
  app.add_option("--step", command.step, "how far latents are moved, both ways, in their standard deviations")
      ->capture_default_str();
  app.add_option("--columns", command.columns, "images in each row of the picture")->capture_default_str();
  app.add_option("--seed", command.seed, "seed of the latents")->capture_default_str();
  app.add_option("--batch-size", command.batch_size, "images drawn at once")->capture_default_str();
  command.add_to(app);
  app.add_option("--cache", command.cache,
                 "folder that keeps the classifier of avatars (default: the user's cache), or none");
  if (parse(app, argc, argv)) return std::nullopt;
  return command;
}

}  // namespace cspgan
