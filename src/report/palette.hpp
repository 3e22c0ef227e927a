// The 256 colors that represent a picture best, for formats that support no more.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace cspgan {

struct Palette {
  std::vector<std::array<std::uint8_t, 3>> colors;  // at most 256
  std::vector<std::uint8_t> indices;                // one per pixel
};

/// `pixels` are RGB triples. Boxes of colors are split where they vary most, at their mean, as in Wu's method
/// ("Efficient Statistical Computations for Optimal Color Quantization", 1991), until there are 256; each box is
/// represented by its mean. Colors that agree in the upper six bits of each channel are treated as one.
Palette choose_palette(std::span<const std::uint8_t> pixels);

}  // namespace cspgan
