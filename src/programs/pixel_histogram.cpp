// The program `pixel_histogram`.
#include "cspgan/programs/pixel_histogram.hpp"

#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/avatars/avatars.hpp"
#include "cspgan/core/device.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/memory.hpp"
#include "cspgan/data/open_images.hpp"
#include "cspgan/density/pixel_histogram.hpp"
#include "cspgan/evaluation/evaluation_pictures.hpp"
#include "cspgan/models/load_generator.hpp"
#include "cspgan/report/images.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/terminal/progress.hpp"
#include "programs/evaluation_table.hpp"
#include "programs/histogram_command.hpp"
#include "programs/open_words.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

constexpr std::string_view program_of_histogram = "pixel_histogram";

void warn_of_histogram(const std::string& message) { print_warning(program_of_histogram, message); }

struct Gan {
  Sampler sampler;
  std::int64_t image_size;
};
std::optional<Gan> load(const HistogramCommand& command) {
  if (command.checkpoint.empty()) return std::nullopt;
  const Generator generator = load_generator(load_checkpoint_at(command.checkpoint, warn_of_histogram));
  const std::int64_t size = generator->options.image_size;
  if (command.image_size.value_or(size) != size)
    throw OptionError(fmt::format("--image-size {}: the checkpoint's generator makes images of {} pixels",
                                  *command.image_size, size));
  return Gan{Sampler(generator, parse_device(command.device)), size};
}

AnyImageSource open(const HistogramCommand& command, std::int64_t image_size) {
  const OpenOptions options = command.open.options(image_size);
  if (command.avatars == 0) {
    AnyImageSource images = open_images(command.data, options);
    say_found(program_of_histogram, images.contents());
    return images;
  }
  return select_images(
      Avatars({.seed = static_cast<std::uint64_t>(command.seed), .count = command.avatars, .image_size = image_size}),
      options);
}

/// Writes those that are asked for, and returns the first `shown`, which are drawn even if fewer are asked for.
Tensor write_samples(const HistogramCommand& command, const PixelHistogramSamples& samples, std::int64_t shown) {
  const OnProgress progress = stage_of(stage_bars(), "samples");
  const std::int64_t all = std::max(shown, command.count);
  std::vector<Tensor> first;
  for (std::int64_t i = 0; i < all; ++i) {
    const Tensor image = samples.image(i);
    if (i < shown) first.push_back(image);
    if (i < command.count) write_png(command.out / fmt::format("sample-{:06}.png", i), image);
    progress(i + 1, all);
  }
  return at::stack(first);
}

int draw_histogram(const HistogramCommand& command) {
  const auto seed = static_cast<std::uint64_t>(command.seed);
  const std::optional<Gan> gan = load(command);
  const std::int64_t image_size = gan ? gan->image_size : command.image_size.value_or(64);
  const AnyImageSource images = open(command, image_size);
  std::optional<EvaluationTable> metrics;
  if (command.measured() > 0)
    metrics.emplace(program_of_histogram, images, command.evaluator_options(image_size),
                    "change --evaluate, or give more images");
  make_folder(command.out);
  const auto grid = command.out / "samples.png", mean = command.out / "mean.png";
  const PixelHistogram histogram = fit_pixel_histogram(
      images, image_size,
      {.smoothing = command.smoothing, .progress = stage_of(stage_bars(), "images"), .warning = warn_of_histogram});

  const GridLayout layout = sample_grid_layout(image_size);
  constexpr std::int64_t shown = 64;
  const Tensor samples = write_samples(command, {histogram, std::max(shown, command.count), seed}, shown);
  write_png(grid, image_grid(samples.narrow(0, 0, std::min(shown, command.count)), 8, layout));
  write_png(mean, histogram.mean().round().to(at::kByte));
  say(stdout, "{} images counted; {} samples, {} and {}\n", histogram.images(), command.count, grid.string(),
      mean.string());
  if (gan) {
    const std::int64_t columns = image_size > 256 ? 4 : 8, count = columns * columns;  // count <= shown
    const auto comparison = command.out / "comparison.png";
    const StageProgress bars = stage_bars();
    write_png(comparison, image_blocks({first_images(images, count, image_size, seed, stage_of(bars, "reals to show")),
                                        first_images(gan->sampler, count, seed, stage_of(bars, "GAN's to show")),
                                        samples.narrow(0, 0, count)},
                                       columns, layout));
    say(stdout, "real images, the GAN's and the histogram's, from left to right: {}\n", comparison.string());
  }
  if (metrics && gan) metrics->add("GAN", gan->sampler);
  if (metrics) {
    metrics->add("histogram", AnyImageSource(PixelHistogramSamples(histogram, command.measured(), seed)));
    metrics->print();
  }
  return 0;
}

}  // namespace

int run_pixel_histogram_program(int argc, char** argv) {
  return run_program(program_of_histogram, [&] {
    const auto command = parse_histogram_command(argc, argv);
    if (!command) return 0;
    set_threads(command->threads);
    keep_freed_memory();
    return draw_histogram(*command);
  });
}

}  // namespace cspgan
