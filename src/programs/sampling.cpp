// Pictures from a trained generator.
#include "cspgan/programs/sampling.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>

#include "cspgan/core/device.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/memory.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/terminal/progress.hpp"
#include "cspgan/report/animation.hpp"
#include "cspgan/report/images.hpp"
#include "cspgan/report/interpolation.hpp"
#include "cspgan/models/load_generator.hpp"
#include "cspgan/training/checkpoints.hpp"
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
  std::string film;
  std::int64_t stops = 5;
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

Tensor interpolate(const Tensor& from, const Tensor& to, std::int64_t steps, Interpolation kind) {
  return kind == Interpolation::linear ? interpolate_linear(from, to, steps) : interpolate_spherical(from, to, steps);
}

int sample(const SampleCommand& command) {
  if (command.count < 0 || command.count > most_images)
    throw OptionError(fmt::format("--count must lie in [1, {}], not {}", most_images, command.count));
  if (command.seed < 0) throw OptionError(fmt::format("--seed must be >= 0, not {}", command.seed));
  if (command.batch_size > 4096)
    throw OptionError(fmt::format("--batch-size must lie in [1, 4096], not {}", command.batch_size));
  set_threads(command.threads);
  keep_freed_memory();
  const at::Device device = parse_device(command.device);
  Weights weights = Weights::ema;
  if (command.weights == "latest") weights = Weights::latest;
  Interpolation interpolation{};
  assign(interpolation, Value(command.interpolation), "--interpolation");

  PictureWriter writer(Sampler(load_generator(checkpoint_at(command.checkpoint), weights), device), command.out,
                       static_cast<std::uint64_t>(command.seed), command.batch_size);
  if (command.count > 0) writer.write_singles(command.count);
  if (command.interpolate != 0) writer.write_interpolation(command.rows, command.interpolate, interpolation);
  if (!command.film.empty()) {
    const auto [columns, rows] = parse_grid(command.grid.empty() ? "4x4" : command.grid);
    writer.write_film(command.film, columns, rows, command.stops, command.frames, interpolation);
  } else if (!command.grid.empty() || (command.count == 0 && command.interpolate == 0)) {
    const auto [columns, rows] = parse_grid(command.grid.empty() ? "8x8" : command.grid);
    writer.write_grid(columns, rows);
  }
  say(stdout, "pictures are in {}\n", command.out.string());
  return 0;
}

}  // namespace

std::filesystem::path checkpoint_at(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) return path;
  for (const auto& folder : {path / "checkpoints", path})
    if (const auto files = list_checkpoints(folder); !files.empty()) return files.front();
  throw Error(fmt::format("'{}' holds no checkpoint", path.string()));
}

Tensor indexed_latents(std::uint64_t seed, std::int64_t first, std::int64_t count, std::int64_t size) {
  Tensor latents = at::empty({count, size});
  auto* const values = latents.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < count; ++i) {
    HostRandom random({seed, static_cast<std::uint64_t>(first + i)});
    for (std::int64_t j = 0; j < size; ++j) values[i * size + j] = static_cast<float>(random.normal());
  }
  return latents;
}

PictureWriter::PictureWriter(Sampler sampler, std::filesystem::path folder, std::uint64_t seed, std::int64_t batch_size)
    : sampler_(std::move(sampler)), folder_(std::move(folder)), seed_(seed), batch_size_(batch_size) {
  if (batch_size < 1) throw OptionError(fmt::format("the batch size must be >= 1, not {}", batch_size));
  make_folder(folder_);
}

Tensor PictureWriter::draw(const Tensor& latents, ProgressBar* bar) {
  std::vector<Tensor> pieces;
  for (std::int64_t first = 0; first < latents.size(0); first += batch_size_) {
    const Tensor part = latents.slice(0, first, std::min(first + batch_size_, latents.size(0)));
    pieces.push_back(to_bytes(sampler_(part)).cpu());
    if (bar != nullptr) bar->update(first + part.size(0));
  }
  return at::cat(pieces).contiguous();
}

void PictureWriter::write_singles(std::int64_t count) {
  ProgressBar bar("sampling", count, "images");
  for (std::int64_t first = 0; first < count; first += batch_size_) {
    const Tensor latents = indexed_latents(seed_, first, std::min(batch_size_, count - first), sampler_.latent_size());
    const Tensor images = to_bytes(sampler_(latents)).cpu().contiguous();
    for (std::int64_t i = 0; i < images.size(0); ++i) {
      write_png(folder_ / fmt::format("sample-{:06}.png", first + i), images[i]);
      bar.update(first + i + 1);
    }
  }
}

void PictureWriter::write_grid(std::int64_t columns, std::int64_t rows) {
  ProgressBar bar("grid", columns * rows, "images");
  const Tensor images = draw(indexed_latents(seed_, 0, columns * rows, sampler_.latent_size()), &bar);
  write_png(folder_ / "grid.png", image_grid(images, columns));
}

void PictureWriter::write_interpolation(std::int64_t rows, std::int64_t steps, Interpolation kind) {
  if (rows < 1) throw OptionError(fmt::format("an interpolation needs at least 1 row, not {}", rows));
  const Tensor from = indexed_latents(seed_, 0, rows, sampler_.latent_size());
  const Tensor to = indexed_latents(seed_, rows, rows, sampler_.latent_size());
  const Tensor paths = interpolate(from, to, steps, kind);
  ProgressBar bar("interpolation", rows * steps, "images");
  write_png(folder_ / "interpolation.png", image_grid(draw(paths.flatten(0, 1), &bar), steps));
}

void PictureWriter::write_film(const std::string& format, std::int64_t columns, std::int64_t rows, std::int64_t stops,
                               std::int64_t frames, Interpolation kind) {
  constexpr std::int64_t most = 10'000;
  if (stops < 2 || stops > most)
    throw OptionError(fmt::format("a film goes through 2 to {} latents, not {}", most, stops));
  if (frames < 2 || frames > most)
    throw OptionError(fmt::format("a film has 2 to {} images between two latents, not {}", most, frames));
  const std::int64_t films = columns * rows;
  constexpr std::int64_t frame_milliseconds = 60;
  AnimationWriter writer(folder_ / ("interpolation." + format),
                         {.frame_milliseconds = frame_milliseconds, .last_frame_milliseconds = frame_milliseconds});
  const auto latents_of = [&](std::int64_t stop) {
    return indexed_latents(seed_, stop % stops * films, films, sampler_.latent_size());
  };
  ProgressBar bar("film", stops * frames, "frames");
  for (std::int64_t stop = 0; stop < stops; ++stop) {
    const Tensor from = latents_of(stop), to = latents_of(stop + 1);
    const Tensor path = interpolate(from, to, frames + 1, kind);  // [films, frames + 1, Z]
    for (std::int64_t frame = 0; frame < frames; ++frame) {       // the last one is the first of the next way
      writer.add(image_grid(draw(path.select(1, frame)), columns));
      bar.update(stop * frames + frame + 1);
    }
  }
  writer.finish();
}

int run_sample_program(int argc, char** argv) {
  return run_program("sample", [&] {
    SampleCommand command;
    CLI::App app("Draws pictures from a checkpoint.", "sample");
    app.add_option("--checkpoint", command.checkpoint, "a checkpoint, or a run's folder for its newest")->required();
    app.add_option("--out", command.out, "folder for the pictures")->capture_default_str();
    app.add_option("--count", command.count, "write so many single images");
    app.add_option("--grid", command.grid, "write one grid, COLUMNSxROWS (the default, 8x8)");
    app.add_option("--interpolate", command.interpolate, "write rows of so many images from one latent to another");
    app.add_option("--rows", command.rows, "of the interpolation")->capture_default_str();
    app.add_option("--film", command.film, "write a grid (4x4, or --grid) of films from latent to latent: webp or gif")
        ->check(CLI::IsMember({"webp", "gif"}));
    app.add_option("--stops", command.stops, "latents that a film goes through")->capture_default_str();
    app.add_option("--frames", command.frames, "of a film between two latents")->capture_default_str();
    app.add_option("--interpolation", command.interpolation, "linear or spherical")->capture_default_str();
    app.add_option("--seed", command.seed, "image k is a function of the seed and k")->capture_default_str();
    app.add_option("--weights", command.weights, "averaged, or latest for those of the last step")
        ->capture_default_str()
        ->check(CLI::IsMember({"ema", "latest"}));
    app.add_option("--batch-size", command.batch_size, "images drawn at once")->capture_default_str();
    app.add_option("--device", command.device, "auto, cpu, cuda or cuda:<index>")->capture_default_str();
    app.add_option("--threads", command.threads, "CPU threads; 0 is LibTorch's choice");
    if (const auto done = parse(app, argc, argv)) return *done;
    return sample(command);
  });
}

}  // namespace cspgan
