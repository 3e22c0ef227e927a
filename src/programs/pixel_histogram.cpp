// The program `pixel_histogram`.
#include "cspgan/programs/pixel_histogram.hpp"

#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <string>

#include "core/checks.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/data/image_file.hpp"
#include "cspgan/data/open_images.hpp"
#include "cspgan/data/resize.hpp"
#include "cspgan/density/pixel_histogram.hpp"
#include "cspgan/report/images.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/terminal/progress.hpp"
#include "programs/open_words.hpp"
#include "terminal/parse.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

struct HistogramCommand {
  std::string data;
  OpenWords open;
  std::int64_t image_size = 64;
  double smoothing = 0;
  std::int64_t count = 64;
  std::int64_t seed = 0;
  std::filesystem::path out = "histogram";
};

PixelHistogram fit(const HistogramCommand& command) {
  const AnyImageSource images = open_images(command.data, command.open.options(command.image_size));
  PixelHistogram histogram(3, command.image_size, command.image_size, command.smoothing);
  const OnProgress progress = stage_of(stage_bars(), "images");
  for (std::int64_t index = 0; index < images.size(); ++index) {
    try {
      histogram.add(resize(center_crop_square(images.image(index)), command.image_size));
    } catch (const ImageError& error) {
      print_warning("pixel_histogram", fmt::format("'{}' is left out: {}", images.name(index), error.what()));
    }
    if (progress) progress(index + 1, images.size());
  }
  if (histogram.images() == 0) throw Error(fmt::format("'{}' has no image that can be read", command.data));
  return histogram;
}

int draw_histogram(const HistogramCommand& command) {
  detail::require_from_to(command.image_size, 2, 1024, "--image-size");
  detail::require_from_to(command.count, 1, 100'000, "--count");
  detail::require_at_least(command.seed, 0, "--seed");
  const PixelHistogram histogram = fit(command);
  make_folder(command.out);
  const auto seed = static_cast<std::uint64_t>(command.seed);
  const OnProgress progress = stage_of(stage_bars(), "samples");
  const std::filesystem::path grid = command.out / "samples.png", mean = command.out / "mean.png";
  constexpr std::int64_t at_once = 64;  // of which the first are the grid
  for (std::int64_t first = 0; first < command.count; first += at_once) {
    const Tensor samples = histogram.sample(seed, first, std::min(at_once, command.count - first));
    if (first == 0) write_png(grid, image_grid(samples, 8, sample_grid_layout(command.image_size)));
    for (std::int64_t i = 0; i < samples.size(0); ++i)
      write_png(command.out / fmt::format("sample-{:06}.png", first + i), samples[i]);
    if (progress) progress(first + samples.size(0), command.count);
  }
  write_png(mean, histogram.mean().round().to(at::kByte));
  say(stdout, "{} images counted; {} samples, {} and {}\n", histogram.images(), command.count, grid.string(),
      mean.string());
  return 0;
}

}  // namespace

int run_pixel_histogram_program(int argc, char** argv) {
  return run_program("pixel_histogram", [&] {
    HistogramCommand command;
    CLI::App app("Fits a histogram to each pixel of a set of images, and draws samples.", "pixel_histogram");
    app.add_option("--data", command.data, "a folder, an archive, a list or a packed set of images")->required();
    command.open.add_to(app, "images");
    app.add_option("--image-size", command.image_size, "side of the images, in pixels")->capture_default_str();
    app.add_option("--smoothing", command.smoothing, "what is added to each count, 0 or more")->capture_default_str();
    app.add_option("--count", command.count, "samples to draw")->capture_default_str();
    app.add_option("--seed", command.seed, "seed of the samples; sample k depends only on it and on k")
        ->capture_default_str();
    app.add_option("--out", command.out, "folder for the samples, a grid of them and the mean image")
        ->capture_default_str();
    if (const auto done = parse(app, argc, argv)) return *done;
    return draw_histogram(command);
  });
}

}  // namespace cspgan
