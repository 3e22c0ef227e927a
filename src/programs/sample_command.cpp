#include "programs/sample_command.hpp"

#include <CLI/CLI.hpp>

#include "terminal/parse.hpp"

namespace cspgan {

std::optional<SampleCommand> parse_sample(int argc, char** argv) {
  SampleCommand command;
  CLI::App app("Draws pictures from a checkpoint.", "sample");
  command.add_checkpoint_to(app);
  app.add_option("--out", command.out, "folder for the pictures")->capture_default_str();
  app.add_option("--count", command.count, "write this many single images");
  app.add_option("--grid", command.grid,
                 "write one grid, COLUMNSxROWS; 8x8 if nothing else is asked for, and no latents are chosen");
  app.add_option("--interpolate", command.interpolate, "write rows of this many images from one latent to another");
  app.add_option("--rows", command.rows,
                 "rows of --interpolate and --direction; 8, or as many as the chosen latents fill");
  app.add_option(
         "--animation", command.animation,
         "write an animation, webp or gif: a grid (4x4, or --grid) of paths between latents; between those that are "
         "chosen by --seeds or --latents, one path")
      ->check(CLI::IsMember({"webp", "gif"}));
  app.add_option("--keyframes", command.keyframes, "latents that an animation goes through; 5, or all that are chosen");
  app.add_option("--frames", command.frames, "frames from one keyframe to the next")->capture_default_str();
  app.add_option("--interpolation", command.interpolation, "linear or spherical")->capture_default_str();
  command.latents.add_to(app);
  command.direction.add_to(app);
  app.add_option("--save-latents", command.save_latents,
                 "write the latents that were chosen, without steps along a direction: .npy or .safetensors");
  app.add_option("--batch-size", command.batch_size, "images drawn at once")->capture_default_str();
  command.add_to(app);
  if (parse(app, argc, argv,
            {{"--film", "--animation"}, {"--stops", "--keyframes"}, {"--weights averaged", "--weights ema"}}))
    return std::nullopt;
  return command;
}

}  // namespace cspgan
