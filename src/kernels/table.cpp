// The kernels, compiled for each instruction set, and the choice among them when the program runs.
#include "kernels/table.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

// What these instruction sets add to their neighbours is not for floats.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/table.cpp"
#include <hwy/foreach_target.h>  // compiles the rest of this file once for each

#include <hwy/highway.h>

#include "kernels/pixels-inl.hpp"
#include "kernels/product-inl.hpp"
#include "kernels/rows-inl.hpp"
#include "kernels/transforms-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cspgan::kernels {
namespace HWY_NAMESPACE {

const Table* make_table() {
  static const Table made{.instruction_set = hwy::TargetName(HWY_TARGET),
                          .width = block_width,
                          .multiply = multiply,
                          .finish_pixel = finish_pixel,
                          .sum_taps = sum_taps,
                          .activation_gradient = activation_gradient,
                          .norm_statistics = norm_statistics,
                          .norm_apply = norm_apply,
                          .norm_gradient_sums = norm_gradient_sums,
                          .norm_gradient_apply = norm_gradient_apply,
                          .transforms = {transforms_of<same_3>(), transforms_of<down_3>(), transforms_of<down_4>(),
                                         transforms_of<up_3>(), transforms_of<up_4>()}};
  return &made;
}

}  // namespace HWY_NAMESPACE
}  // namespace cspgan::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cspgan::kernels {

HWY_EXPORT(make_table);

const Table& table() {
  static const Table& chosen = [&]() -> const Table& {
    // CSPGAN_KERNELS=AVX2, say: none better than these (in Highway's numbers, the better have the lower bits).
    const char* setting = std::getenv("CSPGAN_KERNELS");
    for (std::int64_t target = HWY_SSE4; setting != nullptr && target != 0; target >>= 1)
      if (std::string_view(hwy::TargetName(target)) == setting) hwy::DisableTargets(target - 1);
    return *HWY_DYNAMIC_DISPATCH(make_table)();
  }();
  return chosen;
}

}  // namespace cspgan::kernels
#endif
