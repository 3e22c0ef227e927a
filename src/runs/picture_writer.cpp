// Samples latents and writes the images generated from them.
#include "cspgan/runs/picture_writer.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linspace.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>
#include <vector>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/report/animation.hpp"
#include "cspgan/report/images.hpp"

namespace cspgan {

bool is_grid_name(std::string_view name) {
  return name == "grid.png" || name == "interpolation.png" || name == "interpolation.gif" ||
         name == "interpolation.webp" || name == "direction.png" || name == "directions.png";
}

PictureWriter::PictureWriter(Sampler sampler, std::filesystem::path folder, std::uint64_t seed, std::int64_t batch_size,
                             StageProgress progress)
    : PictureWriter(sampler, std::move(folder), latents_of_seed(seed, sampler.latent_size()), batch_size,
                    std::move(progress)) {}

PictureWriter::PictureWriter(Sampler sampler, std::filesystem::path folder, LatentSequence latents,
                             std::int64_t batch_size, StageProgress progress)
    : sampler_(std::move(sampler)),
      folder_(std::move(folder)),
      latents_(std::move(latents)),
      batch_size_(batch_size),
      progress_(std::move(progress)) {
  detail::require_at_least(batch_size, 1, "pictures: batch_size");
  make_folder(folder_);
}

void PictureWriter::require_latents(std::int64_t count, std::string_view what) const {
  if (latents_.count && count > *latents_.count)
    throw OptionError(fmt::format("{}: {} latents are needed, and there {} {}", what, count,
                                  *latents_.count == 1 ? "is" : "are", *latents_.count));
}

void PictureWriter::report(std::string_view stage, std::int64_t done, std::int64_t total) const {
  if (progress_ && !stage.empty()) progress_(stage, done, total);
}

/// uint8 [N, 3, H, W] on the CPU; progress is not reported for a stage without a name.
Tensor PictureWriter::draw(const Tensor& latents, std::string_view stage) {
  std::vector<Tensor> pieces;
  for (std::int64_t first = 0; first < latents.size(0); first += batch_size_) {
    const Tensor part = latents.slice(0, first, std::min(first + batch_size_, latents.size(0)));
    pieces.push_back(to_bytes(sampler_(part)).cpu());
    report(stage, first + part.size(0), latents.size(0));
  }
  return at::cat(pieces).contiguous();
}

void PictureWriter::require_grid(std::int64_t count, std::int64_t columns, std::string_view what) {
  const Tensor one = draw(latents_.draw(0, 1));
  require_grid_fits(count, columns, one.size(3), {}, what);
}

void PictureWriter::write_singles(std::int64_t count) {
  require_latents(count, "single images");
  for (std::int64_t first = 0; first < count; first += batch_size_) {
    const Tensor images = draw(latents_.draw(first, std::min(batch_size_, count - first)));
    for (std::int64_t i = 0; i < images.size(0); ++i) {
      write_png(folder_ / (latents_.name(first + i) + ".png"), images[i]);
      report("sampling", first + i + 1, count);
    }
  }
}

std::vector<std::filesystem::path> PictureWriter::stale_singles(std::int64_t count) const {
  std::vector<std::filesystem::path> stale;
  std::error_code unknown;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, unknown)) {
    const std::string name = entry.path().filename().string();
    std::int64_t number = 0;
    constexpr std::string_view before = "sample-";
    if (!name.starts_with(before) || !name.ends_with(".png")) continue;
    const auto [end, error] = std::from_chars(name.data() + before.size(), name.data() + name.size(), number);
    if (error == std::errc() && std::string_view(end) == ".png" && number >= count) stale.push_back(entry.path());
  }
  std::ranges::sort(stale);
  return stale;
}

void PictureWriter::write_grid(std::int64_t columns, std::int64_t rows) {
  require_latents(columns * rows, "the grid");
  require_grid(columns * rows, columns, "the grid");
  const Tensor images = draw(latents_.draw(0, columns * rows), "grid");
  write_png(folder_ / "grid.png", image_grid(images, columns));
}

void PictureWriter::write_interpolation(std::int64_t rows, std::int64_t steps, Interpolation kind) {
  detail::require_at_least(rows, 1, "an interpolation's rows");
  require_latents(2 * rows, "the interpolation");
  require_grid(rows * steps, steps, "the interpolation");
  const Tensor paths = interpolate(latents_.draw(0, rows), latents_.draw(rows, rows), steps, kind);
  write_png(folder_ / "interpolation.png", image_grid(draw(paths.flatten(0, 1), "interpolation"), steps));
}

void PictureWriter::write_animation(const std::string& format, std::int64_t columns, std::int64_t rows,
                                    std::int64_t keyframes, std::int64_t frames, Interpolation kind) {
  constexpr std::int64_t most = 10'000;
  if (keyframes < 2 || keyframes > most)
    throw OptionError(fmt::format("an animation has 2 to {} keyframes, not {}", most, keyframes));
  if (frames < 2 || frames > most)
    throw OptionError(
        fmt::format("an animation has 2 to {} frames from one keyframe to the next, not {}", most, frames));
  const std::int64_t paths = columns * rows;
  require_latents(keyframes * paths, "the animation");
  require_grid(paths, columns, "the animation");
  constexpr std::int64_t frame_milliseconds = 60;
  AnimationWriter writer(folder_ / ("interpolation." + format),
                         {.frame_milliseconds = frame_milliseconds, .last_frame_milliseconds = frame_milliseconds});
  const auto latents_of = [&](std::int64_t keyframe) { return latents_.draw(keyframe % keyframes * paths, paths); };
  for (std::int64_t keyframe = 0; keyframe < keyframes; ++keyframe) {
    // [paths, frames + 1, Z]; the last frame is the first of the next segment
    const Tensor part = interpolate(latents_of(keyframe), latents_of(keyframe + 1), frames + 1, kind);
    for (std::int64_t frame = 0; frame < frames; ++frame) {
      writer.add(image_grid(draw(part.select(1, frame)), columns));
      report("animation", keyframe * frames + frame + 1, keyframes * frames);
    }
  }
  writer.finish();
}

void PictureWriter::write_moves(std::string_view name, const Tensor& latents, const Tensor& directions, Range steps,
                                std::int64_t columns) {
  detail::require_at_least(columns, 2, "rows along a direction: columns");
  const std::int64_t rows = std::max(latents.size(0), directions.size(0));
  require_grid(rows * columns, columns, "the rows along a direction");
  const Tensor t = at::linspace(steps.low, steps.high, columns).view({1, columns, 1});
  const Tensor moved = latents.unsqueeze(1) + t * directions.unsqueeze(1);  // [rows, columns, Z]
  write_png(folder_ / name, image_grid(draw(moved.flatten(0, 1), "along directions"), columns));
}

}  // namespace cspgan
