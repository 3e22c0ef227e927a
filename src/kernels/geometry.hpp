// Which input pixels a convolution's outputs take.
#pragma once

#include <cstddef>
#include <vector>

namespace [[gnu::visibility("default")]] cspgan {
namespace kernels {

/// The geometry of a convolution from an input to an output; `stride` is the input's step or, transposed, the output's.
struct Geometry {
  std::size_t kernel = 3;
  std::size_t stride = 1;
  std::size_t padding = 1;
  bool transposed = false;

  /// The outputs come in phases, phase + phases() * i, each with taps of its own. Rows and columns alike.
  std::size_t phases() const { return transposed ? stride : 1; }
  /// The distance between the inputs of neighboring outputs of a phase.
  std::size_t input_step() const { return transposed ? 1 : stride; }
};

/// Output i of a phase takes tap k at input i * input_step() + offset.
struct PhaseTap {
  std::size_t k = 0;
  std::ptrdiff_t offset = 0;
};

/// The taps in one dimension.
std::vector<PhaseTap> taps_of_phase(const Geometry& geometry, std::size_t phase);

}  // namespace kernels
}  // namespace cspgan
