// Converts images to bytes and arranges them in grids.
#include "cspgan/report/images.hpp"

#include <ATen/ops/full.h>

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/shapes.hpp"

namespace cspgan {

Tensor to_bytes(const Tensor& images) {
  if (!images.defined() || images.dim() != 4 || images.size(1) != 3 || !images.is_floating_point()) {
    throw Error("to_bytes takes floating-point images of shape [N, 3, H, W], not " + describe_tensor(images));
  }
  const Tensor finite = images.detach().to(at::kFloat).nan_to_num(/*nan=*/0.0);
  return finite.add(1).mul(127.5).round().clamp(0, 255).to(at::kByte);
}

double diversity(const Tensor& images) {
  if (!images.defined() || images.dim() != 4 || images.size(1) != 3 || images.scalar_type() != at::kByte ||
      images.numel() == 0) {
    throw Error("diversity takes uint8 images of shape [N, 3, H, W], at least one, not " + describe_tensor(images));
  }
  const Tensor values = images.to(at::kFloat);
  return values.sub(values.mean(0, /*keepdim=*/true)).square().mean().sqrt().item<double>();
}

Tensor image_grid(const Tensor& images, std::int64_t columns, const GridLayout& layout) {
  if (!images.defined() || images.dim() != 4 || images.size(1) != 3 || images.scalar_type() != at::kByte ||
      images.numel() == 0) {
    throw Error("a grid takes uint8 images of shape [N, 3, H, W], at least one, not " + describe_tensor(images));
  }
  detail::require_at_least(columns, 1, "a grid's columns");
  detail::require_at_least(layout.upscale, 1, "a grid's upscale");
  detail::require_at_least(layout.padding, 0, "a grid's padding");

  const std::int64_t count = images.size(0);
  const std::int64_t width_in_cells = std::min(columns, count);
  const std::int64_t height_in_cells = (count + width_in_cells - 1) / width_in_cells;
  const std::int64_t height = images.size(2) * layout.upscale;
  const std::int64_t width = images.size(3) * layout.upscale;
  Tensor grid = at::full({3, height_in_cells * (height + layout.padding) + layout.padding,
                          width_in_cells * (width + layout.padding) + layout.padding},
                         static_cast<std::int64_t>(layout.background), images.options());
  for (std::int64_t index = 0; index < count; ++index) {
    const std::int64_t top = index / width_in_cells * (height + layout.padding) + layout.padding;
    const std::int64_t left = index % width_in_cells * (width + layout.padding) + layout.padding;
    const Tensor cell = images[index].repeat_interleave(layout.upscale, 1).repeat_interleave(layout.upscale, 2);
    grid.narrow(1, top, height).narrow(2, left, width).copy_(cell);
  }
  return grid;
}

Tensor image_blocks(const std::vector<Tensor>& sets, std::int64_t columns, const GridLayout& layout) {
  if (sets.empty()) throw Error("a picture of blocks needs a set of images");
  std::vector<Tensor> grids;
  std::int64_t height = 0, width = 0;
  for (const Tensor& set : sets) {
    grids.push_back(image_grid(set, columns, layout));
    if (!set.sizes().slice(1).equals(sets.front().sizes().slice(1)))
      fail_shape("blocks: images of one size", shape_text(sets.front()), set);
    height = std::max(height, grids.back().size(1));
    width += grids.back().size(2);
  }
  const std::int64_t gap = sets.front().size(3) * layout.upscale / 2;
  width += gap * (static_cast<std::int64_t>(grids.size()) - 1);
  Tensor blocks = at::full({3, height, width}, static_cast<std::int64_t>(layout.background), grids.front().options());
  std::int64_t left = 0;
  for (const Tensor& grid : grids) {
    blocks.narrow(1, 0, grid.size(1)).narrow(2, left, grid.size(2)).copy_(grid);
    left += grid.size(2) + gap;
  }
  return blocks;
}

void require_grid_fits(std::int64_t count, std::int64_t columns, std::int64_t image_size, const GridLayout& layout,
                       std::string_view what) {
  constexpr std::int64_t longest_side = 16'384, most_pixels = std::int64_t{1} << 27;
  const std::int64_t across = std::min(columns, count), down = (count + across - 1) / across;
  const std::int64_t cell = image_size * layout.upscale + layout.padding;
  const std::int64_t width = across * cell + layout.padding, height = down * cell + layout.padding;
  if (width > longest_side || height > longest_side || width * height > most_pixels)
    throw OptionError(
        fmt::format("{}: {} x {} images of {} pixels make a picture of {} x {} pixels, at most {} a side and {} in all",
                    what, across, down, image_size, width, height, longest_side, most_pixels));
}

GridLayout sample_grid_layout(std::int64_t image_size) {
  constexpr std::int64_t visible = 96;  // pixels
  return {.upscale = std::max<std::int64_t>(1, visible / image_size)};
}

}  // namespace cspgan
