// The choice among the instruction sets when the program runs.
#include "kernels/table.hpp"

#include <hwy/targets.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "kernels/targets.hpp"

namespace cspgan::kernels {

const Table& table() {
  static const Table& chosen = []() -> const Table& {
    // e.g. CSPGAN_KERNELS=AVX2: nothing better than this (in Highway's numbers, the better have the lower bits).
    std::int64_t allowed = hwy::SupportedTargets();
    const char* setting = std::getenv("CSPGAN_KERNELS");
    for (std::int64_t target = HWY_SSE4; setting != nullptr && target != 0; target >>= 1)
      if (std::string_view(hwy::TargetName(target)) == setting) allowed &= ~(target - 1);
    const std::array<std::pair<std::int64_t, const Table*>, 3> best_first{
        {{HWY_AVX3, avx3_table()}, {HWY_AVX2, avx2_table()}, {HWY_SSE4, sse4_table()}}};
    for (const auto& [target, made] : best_first)
      if ((allowed & target) != 0 && made != nullptr) return *made;
    return *baseline_table();
  }();
  return chosen;
}

}  // namespace cspgan::kernels
