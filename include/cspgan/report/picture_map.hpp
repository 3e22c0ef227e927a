// Pictures at places of a plane, none hidden by another.
#pragma once

#include <cstdint>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

struct PictureMapLayout {
  std::int64_t cells = 50;       // along each side of the square
  std::int64_t frame = 2;        // pixels of color around each picture
  std::uint8_t background = 20;  // grey value of cells without a picture

  friend bool operator==(const PictureMapLayout&, const PictureMapLayout&) = default;
};

/// Draws picture i of uint8 [N, 3, S, S], framed in color i of uint8 [N, 3], in the cell of a square grid that is
/// nearest to places[i] and still free; `places`: float64 [N, 2], x to the right and y up, any scale. Those in the
/// middle choose first, so that crowds spread outwards. Gives uint8 [3, L, L], L = cells * (S + 2 frame). Throws Error
/// for other shapes or types, places that are not finite, or more pictures than cells.
Tensor picture_map(const Tensor& places, const Tensor& pictures, const Tensor& colors,
                   const PictureMapLayout& layout = {});

}  // namespace cspgan
