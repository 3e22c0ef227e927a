// Draws cups on a plate, without tensors.
#pragma once

#include <cstdint>

#include "cspgan/detection/well_appearance.hpp"

namespace cspgan::wells {

/// How the cups stand: one column or row of cups if the picture is at least one and a half times as long as it is
/// wide, else two; along the longer side, as many as keep the cells nearly square. 2 to 6, if neither side is
/// more than 4 times the other.
struct Layout {
  int rows;
  int columns;
  Layout(int height, int width);
  int cups() const { return rows * columns; }
};

/// Writes three planes (red, green, blue) of height * width bytes each.
void draw(const WellAppearance& appearance, int height, int width, std::uint8_t* planes);

}  // namespace cspgan::wells
