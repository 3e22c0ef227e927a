// Color quantization by splitting boxes of colors.
#include "report/palette.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace cspgan {
namespace {

using Color = std::array<double, 3>;

/// Colors that are not distinguished any further.
struct Cell {
  double count = 0;
  Color mean{};
  std::size_t key = 0;
};

/// A range of cells, and the gain from splitting it.
struct Box {
  std::span<Cell> cells;
  double count = 0;
  Color mean{};
  std::size_t axis = 0;  // the axis along which it varies most
  double spread = 0;     // sum of squared distances from the mean along it
};

Box measure(std::span<Cell> cells) {
  Box box{.cells = cells};
  for (const Cell& cell : cells) {
    box.count += cell.count;
    for (std::size_t axis = 0; axis < 3; ++axis) box.mean[axis] += cell.count * cell.mean[axis];
  }
  for (double& value : box.mean) value /= box.count;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    double spread = 0;
    for (const Cell& cell : cells) spread += cell.count * std::pow(cell.mean[axis] - box.mean[axis], 2);
    if (spread > box.spread) {
      box.axis = axis;
      box.spread = spread;
    }
  }
  return box;
}

std::size_t key_of(const std::uint8_t* pixel) {
  return static_cast<std::size_t>(pixel[0] >> 2 << 12 | pixel[1] >> 2 << 6 | pixel[2] >> 2);
}

}  // namespace

Palette choose_palette(std::span<const std::uint8_t> pixels) {
  constexpr std::size_t keys = 1 << 18, most = 256;
  std::vector<Cell> table(keys);
  for (std::size_t i = 0; i < pixels.size(); i += 3) {
    Cell& cell = table[key_of(&pixels[i])];
    ++cell.count;
    for (std::size_t axis = 0; axis < 3; ++axis) cell.mean[axis] += pixels[i + axis];
  }
  std::vector<Cell> cells;
  for (std::size_t key = 0; key < keys; ++key) {
    if (table[key].count == 0) continue;
    cells.push_back(table[key]);
    cells.back().key = key;
    for (double& value : cells.back().mean) value /= cells.back().count;
  }

  std::vector<Box> boxes{measure(cells)};
  while (boxes.size() < most) {
    const auto widest = std::ranges::max_element(boxes, {}, &Box::spread);
    if (widest->spread == 0) break;  // every box is one color
    const Box box = *widest;
    const auto beyond = std::partition(box.cells.begin(), box.cells.end(),
                                       [&](const Cell& cell) { return cell.mean[box.axis] <= box.mean[box.axis]; });
    const auto lower = static_cast<std::size_t>(beyond - box.cells.begin());
    if (lower == 0 || lower == box.cells.size()) {  // it varies only by rounding
      widest->spread = 0;
      continue;
    }
    *widest = measure(box.cells.first(lower));
    boxes.push_back(measure(box.cells.subspan(lower)));
  }

  Palette palette;
  std::vector<std::uint8_t> index_of(keys);
  for (const Box& box : boxes) {
    for (const Cell& cell : box.cells) index_of[cell.key] = static_cast<std::uint8_t>(palette.colors.size());
    auto& color = palette.colors.emplace_back();
    for (std::size_t axis = 0; axis < 3; ++axis) color[axis] = static_cast<std::uint8_t>(std::lround(box.mean[axis]));
  }
  palette.indices.reserve(pixels.size() / 3);
  for (std::size_t i = 0; i < pixels.size(); i += 3) palette.indices.push_back(index_of[key_of(&pixels[i])]);
  return palette;
}

}  // namespace cspgan
