// A map of pictures placed in a plane without overlapping.
#pragma once

#include <cstdint>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The layout of the map.
struct PictureMapLayout {
  std::int64_t cells = 50;       // along each side of the square grid
  std::int64_t frame = 2;        // width, in pixels, of the colored frame around each picture
  std::uint8_t background = 20;  // gray value of cells without a picture

  friend bool operator==(const PictureMapLayout&, const PictureMapLayout&) = default;
};

/// Draws picture i of uint8 [N, 3, S, S], framed in color i of uint8 [N, 3], in the free cell of a square grid that is
/// nearest to places[i]; `places` is float64 [N, 2], with x to the right and y up, in any scale. Pictures near the
/// center are placed first, so that crowded areas spread outward. Returns uint8 [3, L, L], L = cells * (S + 2 frame).
/// Throws Error for other shapes or types, places that are not finite, or more pictures than cells.
Tensor picture_map(const Tensor& places, const Tensor& pictures, const Tensor& colors,
                   const PictureMapLayout& layout = {});

}  // namespace cspgan
