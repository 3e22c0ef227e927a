// Adaptive pseudo augmentation.
#include "cspgan/policies/adaptive_pseudo_augmentation.hpp"

#include <ATen/ops/empty_like.h>
#include <ATen/ops/where.h>

#include "core/checks.hpp"
#include "cspgan/core/range.hpp"
#include "cspgan/core/shapes.hpp"

namespace cspgan {

Tensor AdaptivePseudoAugmentation::edit_reals(Tensor reals, const Tensor& fakes, StepContext& step) const {
  if (fakes.sizes() != reals.sizes())
    throw Error(fmt::format("{}: there are reals {}, but fakes {}", name, shape_text(reals), shape_text(fakes)));
  if (!probability.value().defined()) return reals;
  const Tensor replaced = step.random.uniform({reals.size(0), 1, 1, 1}).lt(probability.value());
  Tensor shown = at::empty_like(reals);  // in the reals' memory format
  return at::where_out(shown, replaced, fakes.roll(1, 0), reals);
}

void AdaptivePseudoAugmentation::observe_scores(const Scores& scores, StepContext&) {
  probability.observe(scores.real, target, ramp_kimg, limit);
}

void AdaptivePseudoAugmentation::validate() const {
  require_within(target, {-1, 1}, "adaptive_pseudo_augmentation: target");
  detail::require_positive(ramp_kimg, "adaptive_pseudo_augmentation: ramp_kimg");
  require_within(limit, {0, 1}, "adaptive_pseudo_augmentation: limit");
}

}  // namespace cspgan
