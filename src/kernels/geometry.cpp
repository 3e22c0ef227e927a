// The taps of a convolution's phases.
#include "kernels/geometry.hpp"

namespace cspgan::kernels {

std::vector<PhaseTap> taps_of_phase(const Geometry& g, std::size_t phase) {
  std::vector<PhaseTap> taps;
  const auto padding = static_cast<std::ptrdiff_t>(g.padding);
  for (std::size_t k = 0; k < g.kernel; ++k) {
    const auto tap = static_cast<std::ptrdiff_t>(k);
    if (!g.transposed) {
      taps.push_back({k, tap - padding});
      continue;
    }
    const auto stride = static_cast<std::ptrdiff_t>(g.stride);
    const std::ptrdiff_t distance = static_cast<std::ptrdiff_t>(phase) + padding - tap;
    if (distance % stride == 0) taps.push_back({k, distance / stride});
  }
  return taps;
}

}  // namespace cspgan::kernels
