// Snaps pictures to the cells of a grid.
#include "cspgan/report/picture_map.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/full.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/core/shapes.hpp"

namespace cspgan {

namespace {

void check(const Tensor& places, const Tensor& pictures, const Tensor& colors, const PictureMapLayout& layout) {
  if (!pictures.defined() || pictures.dim() != 4 || pictures.size(1) != 3 || pictures.size(2) != pictures.size(3) ||
      pictures.scalar_type() != at::kByte || pictures.numel() == 0)
    throw Error("a map takes uint8 pictures of shape [N, 3, S, S], at least one, not " + describe_tensor(pictures));
  const std::int64_t count = pictures.size(0);
  if (!places.defined() || !places.sizes().equals({count, 2}) || places.scalar_type() != at::kDouble)
    throw Error(fmt::format("a map of {} pictures takes float64 places of shape [{}, 2], not {}", count, count,
                            describe_tensor(places)));
  if (!places.isfinite().all().item<bool>()) throw Error("a map's places must all be finite");
  if (!colors.defined() || !colors.sizes().equals({count, 3}) || colors.scalar_type() != at::kByte)
    throw Error(fmt::format("a map of {} pictures takes uint8 colors of shape [{}, 3], not {}", count, count,
                            describe_tensor(colors)));
  if (layout.cells < 1 || layout.frame < 0)
    throw OptionError(
        fmt::format("a map needs cells >= 1 and a frame >= 0, not {} and {}", layout.cells, layout.frame));
  if (count > layout.cells * layout.cells)
    throw Error(fmt::format("{} pictures do not fit a map of {} x {} cells", count, layout.cells, layout.cells));
}

/// The free cell nearest to (x, y), as row * cells + column.
std::size_t nearest_free(double x, double y, std::int64_t cells, const std::vector<bool>& taken) {
  double least = std::numeric_limits<double>::infinity();
  std::size_t best = 0;
  for (std::size_t cell = 0; cell < taken.size(); ++cell) {
    if (taken[cell]) continue;
    const double right = static_cast<double>(static_cast<std::int64_t>(cell) % cells) - x;
    const double down = static_cast<double>(static_cast<std::int64_t>(cell) / cells) - y;
    if (const double distance = right * right + down * down; distance < least) {
      least = distance;
      best = cell;
    }
  }
  return best;
}

}  // namespace

Tensor picture_map(const Tensor& places, const Tensor& pictures, const Tensor& colors, const PictureMapLayout& layout) {
  check(places, pictures, colors, layout);
  const std::int64_t side = pictures.size(2), cell = side + 2 * layout.frame;
  const Tensor low = std::get<0>(places.min(0)), high = std::get<0>(places.max(0));
  const Tensor from_middle = places - (low + high) / 2;
  const double span = (high - low).max().item<double>();
  const double last = static_cast<double>(layout.cells - 1);
  const Tensor in_cells = (from_middle * (span > 0 ? last / span : 0.0)).contiguous();
  const Tensor order = from_middle.square().sum(1).argsort(/*stable=*/true, /*dim=*/0, /*descending=*/false);

  const auto place = in_cells.accessor<double, 2>();
  std::vector<bool> taken(static_cast<std::size_t>(layout.cells * layout.cells), false);
  Tensor map = at::full({3, layout.cells * cell, layout.cells * cell}, static_cast<std::int64_t>(layout.background),
                        pictures.options());
  for (std::int64_t rank = 0; rank < order.size(0); ++rank) {
    const auto i = order[rank].item<std::int64_t>();
    const std::size_t free = nearest_free(last / 2 + place[i][0], last / 2 - place[i][1], layout.cells, taken);
    taken[free] = true;
    const Tensor framed = map.narrow(1, static_cast<std::int64_t>(free) / layout.cells * cell, cell)
                              .narrow(2, static_cast<std::int64_t>(free) % layout.cells * cell, cell);
    framed.copy_(colors[i].view({3, 1, 1}).expand({3, cell, cell}));
    framed.narrow(1, layout.frame, side).narrow(2, layout.frame, side).copy_(pictures[i]);
  }
  return map;
}

}  // namespace cspgan
