// The concept of a loss: an object that computes what each of the two networks minimizes, with or without targets.
#pragma once

#include <concepts>

#include "cspgan/core/scores.hpp"
#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

namespace detail {
template <class L>
concept DiscriminatorWithTargets = requires(const L& loss, const Scores& scores, const Targets& targets) {
  { loss.discriminator(scores, targets) } -> std::convertible_to<Tensor>;
};
template <class L>
concept DiscriminatorWithoutTargets = requires(const L& loss, const Scores& scores) {
  { loss.discriminator(scores) } -> std::convertible_to<Tensor>;
};
template <class L>
concept GeneratorWithTargets = requires(const L& loss, const Scores& scores, const Targets& targets) {
  { loss.generator(scores, targets) } -> std::convertible_to<Tensor>;
};
template <class L>
concept GeneratorWithoutTargets = requires(const L& loss, const Scores& scores) {
  { loss.generator(scores) } -> std::convertible_to<Tensor>;
};
}  // namespace detail

/// A type with `discriminator(scores, targets)` or `discriminator(scores)`, and `generator(...)` likewise. Both are
/// const and return a scalar tensor to minimize. Scores and targets are [N].
template <class L>
concept Loss = (detail::DiscriminatorWithTargets<L> ||
                detail::DiscriminatorWithoutTargets<L>)&&(detail::GeneratorWithTargets<L> ||
                                                          detail::GeneratorWithoutTargets<L>);

/// Whether the discriminator's loss uses targets, so that policies that edit targets have an effect.
template <class L>
inline constexpr bool uses_targets = detail::DiscriminatorWithTargets<L>;

/// A loss whose discriminator uses targets.
template <class L>
concept TargetLoss = Loss<L> && uses_targets<L>;

/// Whether the generator's loss compares fakes with real images, which a loss declares by `static constexpr bool
/// generator_needs_real_scores = true`. Otherwise, Scores::real is undefined in the generator's update.
template <class L>
inline constexpr bool generator_needs_real_scores = [] {
  if constexpr (requires { L::generator_needs_real_scores; })
    return static_cast<bool>(L::generator_needs_real_scores);
  else
    return false;
}();

/// Fails to compile, with a sentence that says why, if L is not a loss.
template <class L>
consteval bool check_loss() {
  static_assert(Loss<L>,
                "a loss needs discriminator(const Scores&, const Targets&) const and generator(const Scores&, "
                "const Targets&) const, each giving a Tensor; a loss without targets takes the scores alone");
  return true;
}

// The trainer calls a loss through the functions below. A type-erased loss (AnyLoss) answers at run time.

template <Loss L>
bool loss_uses_targets(const L& loss) {
  if constexpr (requires {
                  { loss.uses_targets() } -> std::convertible_to<bool>;
                })
    return loss.uses_targets();
  else
    return uses_targets<L>;
}

template <Loss L>
bool loss_needs_real_scores(const L& loss) {
  if constexpr (requires {
                  { loss.needs_real_scores() } -> std::convertible_to<bool>;
                })
    return loss.needs_real_scores();
  else
    return generator_needs_real_scores<L>;
}

template <Loss L>
Tensor discriminator_loss(const L& loss, const Scores& scores, const Targets& targets) {
  if constexpr (detail::DiscriminatorWithTargets<L>)
    return loss.discriminator(scores, targets);
  else
    return loss.discriminator(scores);
}

template <Loss L>
Tensor generator_loss(const L& loss, const Scores& scores, const Targets& targets) {
  if constexpr (detail::GeneratorWithTargets<L>)
    return loss.generator(scores, targets);
  else
    return loss.generator(scores);
}

}  // namespace cspgan
