#include "programs/project_command.hpp"

#include <CLI/CLI.hpp>

#include "terminal/parse.hpp"

namespace cspgan {

std::optional<ProjectCommand> parse_project(int argc, char** argv) {
  ProjectCommand command;
  CLI::App app("Finds the latents whose images are closest to given pictures.", "project");
  command.add_checkpoint_to(app);
  auto* const images = app.add_option("--image", command.images, "a picture; can be given several times");
  auto* const data = app.add_option("--data", command.data,
                                    "or --count of the images of a folder, an archive, a list or a packed set");
  app.add_option("--count", command.count, "number of images of --data, chosen by the seed")
      ->capture_default_str()
      ->needs(data);
  images->excludes(data);
  command.open.add_to(app, "pictures");
  app.add_option("--out", command.out, "folder for the latents and the pictures")->capture_default_str();
  ProjectionOptions& options = command.options;
  app.add_option("--candidates", options.candidates, "random latents, the best of which are starts")
      ->capture_default_str();
  app.add_option("--starts", options.starts, "latents that are improved for each picture; the best is kept")
      ->capture_default_str();
  app.add_option("--steps", options.steps, "steps of each start along the gradient")->capture_default_str();
  app.add_option("--learning-rate", options.learning_rate, "first step size of Adam")->capture_default_str();
  app.add_option("--prior", options.prior, "weight of (|z|^2 / Z - 1)^2, which keeps latents as long as random ones")
      ->capture_default_str();
  app.add_option("--seed", command.seed, "seed of the candidates and of the choice of images")->capture_default_str();
  app.add_option("--batch-size", options.batch_size, "candidates drawn at once")->capture_default_str();
  command.add_to(app);
  if (parse(app, argc, argv)) return std::nullopt;
  return command;
}

}  // namespace cspgan
