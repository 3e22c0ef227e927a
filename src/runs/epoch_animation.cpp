// Reads sample grids and makes them the frames of an animation.
#include "cspgan/runs/epoch_animation.hpp"

#include <ATen/ops/_upsample_bilinear2d_aa.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/core/evenly_spaced.hpp"
#include "cspgan/core/step_files.hpp"
#include "cspgan/data/image_file.hpp"

namespace cspgan {

namespace {

/// The image, or an undefined tensor if the file is damaged or missing.
Tensor read_grid(const std::filesystem::path& path) {
  try {
    return load_image(path);
  } catch (const Error&) {
    return {};
  }
}

Tensor at_most(const Tensor& image, std::int64_t longest) {
  const std::int64_t height = image.size(1), width = image.size(2), side = std::max(height, width);
  if (side <= longest) return image;
  const auto scaled = [&](std::int64_t length) { return std::max<std::int64_t>(2, length * longest / side); };
  return at::_upsample_bilinear2d_aa(image.unsqueeze(0).contiguous(), {{scaled(height), scaled(width)}},
                                     /*align_corners=*/false, std::nullopt, std::nullopt)
      .squeeze(0);
}

}  // namespace

std::int64_t write_epoch_animation(const std::filesystem::path& run_folder, const std::filesystem::path& file,
                                   const EpochAnimationOptions& options, const StageProgress& progress) {
  if (options.frames < 2 || options.longest < 2)
    throw OptionError(fmt::format("an epoch animation needs at least 2 frames of 2 pixels, not {} of {}",
                                  options.frames, options.longest));
  const std::vector<StepFile> grids = step_files(run_folder / "samples", ".png");
  Tensor last;
  std::size_t whole = grids.size();  // number of grids up to the last readable one, which determines the size
  while (whole > 0 && !(last = read_grid(grids[whole - 1].path)).defined()) --whole;
  if (whole < 2) return 0;
  AnimationWriter writer(file, options.animation);
  std::int64_t frames = 0;
  for (const std::size_t index : evenly_spaced(whole, static_cast<std::size_t>(options.frames))) {
    const Tensor grid = index + 1 == whole ? last : read_grid(grids[index].path);
    if (progress) progress("animation", static_cast<std::int64_t>(index) + 1, static_cast<std::int64_t>(whole));
    if (!grid.defined() || grid.sizes() != last.sizes()) continue;
    writer.add(at_most(grid, options.longest));
    ++frames;
  }
  if (frames < 2) return 0;
  writer.finish();
  return frames;
}

}  // namespace cspgan
