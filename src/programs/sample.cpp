// The program `sample`.
#include "cspgan/programs/sample.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>

#include "core/checks.hpp"
#include "cspgan/core/device.hpp"
#include "cspgan/core/memory.hpp"
#include "cspgan/models/latents.hpp"
#include "cspgan/models/load_generator.hpp"
#include "cspgan/runs/picture_writer.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/terminal/progress.hpp"
#include "terminal/parse.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

struct SampleCommand {
  std::filesystem::path checkpoint;
  std::filesystem::path out = "samples";
  std::int64_t count = 0;
  std::string grid;
  std::int64_t interpolate = 0;
  std::int64_t rows = 8;
  std::string interpolation = "spherical";
  std::string animation;
  std::int64_t keyframes = 5;
  std::int64_t frames = 16;
  std::int64_t seed = 0;
  std::string weights = "ema";
  std::int64_t batch_size = 32;
  std::string device = "auto";
  int threads = 0;
};

/// "8x8" -> columns, rows.
std::pair<std::int64_t, std::int64_t> parse_grid(const std::string& text) {
  std::int64_t columns = 0, rows = 0;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, columns);
  const bool separated = first.ec == std::errc{} && first.ptr != end && *first.ptr == 'x';
  const auto second = separated ? std::from_chars(first.ptr + 1, end, rows) : first;
  if (!separated || second.ec != std::errc{} || second.ptr != end || columns < 1 || rows < 1 || columns > 256 ||
      rows > 256)
    throw OptionError(fmt::format("--grid takes COLUMNSxROWS, such as 8x8, at most 256x256, not '{}'", text));
  return {columns, rows};
}

int sample(const SampleCommand& command) {
  detail::require_from_to(command.count, 0, most_images, "--count");
  detail::require_at_least(command.seed, 0, "--seed");
  detail::require_from_to(command.rows, 1, 10'000, "--rows");
  if (command.interpolate != 0) detail::require_from_to(command.interpolate, 2, 10'000, "--interpolate");
  detail::require_from_to(command.batch_size, 1, 4096, "--batch-size");
  set_threads(command.threads);
  keep_freed_memory();
  const at::Device device = parse_device(command.device);
  const Weights weights = command.weights == "latest" ? Weights::latest : Weights::ema;
  Interpolation interpolation{};
  assign(interpolation, Value(command.interpolation), "--interpolation");

  const auto warn = [](const std::string& reason) { print_warning("sample", reason); };
  PictureWriter writer(Sampler(load_generator(load_checkpoint_at(command.checkpoint, warn), weights), device),
                       command.out, static_cast<std::uint64_t>(command.seed), command.batch_size, stage_bars());
  if (command.count > 0) {
    writer.write_singles(command.count);
    if (const auto stale = writer.stale_singles(command.count); !stale.empty())
      warn(fmt::format("'{}' holds {} more single image{}, from '{}' on, which an earlier call has written",
                       command.out.string(), stale.size(), stale.size() == 1 ? "" : "s",
                       stale.front().filename().string()));
  }
  if (command.interpolate != 0) writer.write_interpolation(command.rows, command.interpolate, interpolation);
  if (!command.animation.empty()) {
    const auto [columns, rows] = parse_grid(command.grid.empty() ? "4x4" : command.grid);
    writer.write_animation(command.animation, columns, rows, command.keyframes, command.frames, interpolation);
  } else if (!command.grid.empty() || (command.count == 0 && command.interpolate == 0)) {
    const auto [columns, rows] = parse_grid(command.grid.empty() ? "8x8" : command.grid);
    writer.write_grid(columns, rows);
  }
  say(stdout, "pictures are in {}\n", command.out.string());
  return 0;
}

}  // namespace

int run_sample_program(int argc, char** argv) {
  return run_program("sample", [&] {
    SampleCommand command;
    CLI::App app("Draws pictures from a checkpoint.", "sample");
    app.add_option("--checkpoint", command.checkpoint, "a checkpoint, or a run's folder, whose newest is taken")
        ->required();
    app.add_option("--out", command.out, "folder for the pictures")->capture_default_str();
    app.add_option("--count", command.count, "write this many single images");
    app.add_option("--grid", command.grid, "write one grid, COLUMNSxROWS; 8x8 if nothing else is asked for");
    app.add_option("--interpolate", command.interpolate, "write rows of this many images from one latent to another");
    app.add_option("--rows", command.rows, "rows of --interpolate")->capture_default_str();
    app.add_option("--animation", command.animation,
                   "write an animation, webp or gif: a grid (4x4, or --grid) of paths between latents")
        ->check(CLI::IsMember({"webp", "gif"}));
    app.add_option("--keyframes", command.keyframes, "latents that an animation goes through")->capture_default_str();
    app.add_option("--frames", command.frames, "frames from one keyframe to the next")->capture_default_str();
    app.add_option("--interpolation", command.interpolation, "linear or spherical")->capture_default_str();
    app.add_option("--seed", command.seed, "seed of the latents; image k depends only on it and on k")
        ->capture_default_str();
    app.add_option("--weights", command.weights, "ema: the average of the weights; latest: those of the last step")
        ->capture_default_str()
        ->check(CLI::IsMember({"ema", "latest"}));
    app.add_option("--batch-size", command.batch_size, "images drawn at once")->capture_default_str();
    app.add_option("--device", command.device, "auto, cpu, cuda or cuda:<index>")->capture_default_str();
    app.add_option("--threads", command.threads, "CPU threads; 0 is LibTorch's choice");
    if (const auto done =
            parse(app, argc, argv,
                  {{"--film", "--animation"}, {"--stops", "--keyframes"}, {"--weights averaged", "--weights ema"}}))
      return *done;
    return sample(command);
  });
}

}  // namespace cspgan
