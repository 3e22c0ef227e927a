// The program `sample`.
#include "cspgan/programs/sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/checks.hpp"
#include "cspgan/data/latent_file.hpp"
#include "cspgan/models/latents.hpp"
#include "cspgan/runs/picture_writer.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/terminal/progress.hpp"
#include "programs/output_paths.hpp"
#include "programs/sample_command.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

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

/// What the command asks for, and the writer that draws it. Each function returns the number of latents that it used.
struct SampleTask {
  const SampleCommand& command;
  const LatentSequence& latents;
  PictureWriter& writer;
  Interpolation interpolation;

  std::int64_t rows(std::int64_t of_chosen) const { return command.rows.value_or(latents.count ? of_chosen : 8); }

  std::int64_t draw_singles(std::int64_t count) const {
    writer.write_singles(count);
    return count;
  }
  std::int64_t draw_grid(const std::string& otherwise) const {
    const auto [columns, lines] = parse_grid(command.grid.empty() ? otherwise : command.grid);
    writer.write_grid(columns, lines);
    return columns * lines;
  }
  /// From the first half of the latents that were chosen to the second.
  std::int64_t draw_interpolation() const {
    if (latents.count && !command.rows && *latents.count % 2 != 0)
      throw OptionError(fmt::format("--interpolate goes from one half of the latents to the other, and {} have none",
                                    *latents.count));
    const std::int64_t lines = rows(latents.count.value_or(0) / 2);
    writer.write_interpolation(lines, command.interpolate, interpolation);
    return 2 * lines;
  }
  /// Of latents that were chosen, each is a keyframe.
  std::int64_t draw_animation() const {
    const auto [columns, lines] = parse_grid(!command.grid.empty() ? command.grid : latents.count ? "1x1" : "4x4");
    const std::int64_t paths = columns * lines;
    if (latents.count && !command.keyframes && *latents.count % paths != 0)
      throw OptionError(
          fmt::format("{} latents are no whole number of keyframes for --grid {}", *latents.count, command.grid));
    const std::int64_t keyframes = command.keyframes.value_or(latents.count ? *latents.count / paths : 5);
    writer.write_animation(command.animation, columns, lines, keyframes, command.frames, interpolation);
    return keyframes * paths;
  }
  std::int64_t draw_direction(const Tensor& direction) const {
    const std::int64_t lines = rows(latents.count.value_or(0));
    writer.require_latents(lines, "--direction");
    writer.write_moves("direction.png", latents.draw(0, lines), direction.unsqueeze(0), command.direction.steps,
                       command.direction.columns);
    return lines;
  }

  std::int64_t draw_all() const {
    std::int64_t used = 0;
    if (command.count > 0) used = draw_singles(command.count);
    if (command.interpolate != 0) used = std::max(used, draw_interpolation());
    if (!command.animation.empty()) return std::max(used, draw_animation());
    if (!command.grid.empty()) return std::max(used, draw_grid(""));
    if (used > 0) return used;
    return latents.count ? draw_singles(*latents.count) : draw_grid("8x8");
  }
};

void warn_of_stale(const PictureWriter& writer, const SampleCommand& command) {
  const auto stale = writer.stale_singles(command.count);
  if (stale.empty()) return;
  print_warning(
      "sample",
      fmt::format("'{}' holds {} more single image{}, from '{}' on, which an earlier call has written",
                  command.out.string(), stale.size(), stale.size() == 1 ? "" : "s", stale.front().filename().string()));
}

int sample(const SampleCommand& command) {
  detail::require_from_to(command.count, 0, most_images, "--count");
  if (command.rows) detail::require_from_to(*command.rows, 1, 10'000, "--rows");
  if (command.interpolate != 0) detail::require_from_to(command.interpolate, 2, 10'000, "--interpolate");
  detail::require_from_to(command.batch_size, 1, 4096, "--batch-size");
  if (!command.save_latents.empty()) require_latent_file(command.save_latents);
  const at::Device device = command.set_up();
  Interpolation interpolation{};
  assign(interpolation, Value(command.interpolation), "--interpolation");

  const Generator generator = command.load("sample");
  const LatentSequence latents = command.latents.latents(generator->latent_size());
  const bool along = !command.direction.direction.empty();
  const Tensor direction = along ? command.direction.vector(generator) : Tensor();
  if (!command.save_latents.empty()) require_writable(command.save_latents, "--save-latents", {".npy", ".safetensors"});
  PictureWriter writer(Sampler(generator, device), command.out, latents, command.batch_size, stage_bars());
  const SampleTask task{command, latents, writer, interpolation};
  const std::int64_t used = along ? task.draw_direction(direction) : task.draw_all();
  if (command.count > 0 && !latents.count && command.latents.first == 0) warn_of_stale(writer, command);
  if (!command.save_latents.empty()) save_latents(command.save_latents, latents.draw(0, used));
  say(stdout, "pictures are in {}\n", command.out.string());
  return 0;
}

}  // namespace

int run_sample_program(int argc, char** argv) {
  return run_program("sample", [&] {
    const auto command = parse_sample(argc, argv);
    return command ? sample(*command) : 0;
  });
}

}  // namespace cspgan
