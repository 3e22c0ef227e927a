// Functions that call a hook of a policy if it has that hook, and change nothing otherwise.
#pragma once

#include <cstdint>
#include <utility>

#include "cspgan/policies/concepts.hpp"

namespace [[gnu::visibility("default")]] cspgan {
namespace hooks {

template <class P>
Targets edit_targets(P& policy, Targets targets, StepContext& step) {
  if constexpr (EditsTargets<P>)
    return policy.edit_targets(std::move(targets), step);
  else
    return targets;
}

template <class P>
Tensor edit_images(P& policy, Tensor images, StepContext& step) {
  if constexpr (EditsImages<P>)
    return policy.edit_images(std::move(images), step);
  else
    return images;
}

template <class P>
Tensor edit_reals(P& policy, Tensor reals, const Tensor& fakes, StepContext& step) {
  if constexpr (EditsReals<P>)
    return policy.edit_reals(std::move(reals), fakes, step);
  else
    return reals;
}

template <class P>
void observe_scores(P& policy, const Scores& scores, StepContext& step) {
  if constexpr (ObservesScores<P>) policy.observe_scores(scores, step);
}

template <class P>
Tensor edit_fakes(P& policy, Tensor fakes, StepContext& step) {
  if constexpr (EditsFakes<P>)
    return policy.edit_fakes(std::move(fakes), step);
  else
    return fakes;
}

/// A scalar; undefined if the policy has no such penalty or it is not due.
template <class P>
Tensor discriminator_penalty(P& policy, const DiscriminatorUpdate& update, StepContext& step) {
  if constexpr (PenalizesDiscriminator<P>)
    return policy.discriminator_penalty(update, step);
  else
    return {};
}

/// A scalar; undefined if the policy has no such penalty or it is not due.
template <class P>
Tensor generator_penalty(P& policy, const GeneratorUpdate& update, StepContext& step) {
  if constexpr (PenalizesGenerator<P>)
    return policy.generator_penalty(update, step);
  else
    return {};
}

template <class P>
bool needs_image_gradients(const P& policy, Domain domain, const StepContext& step) {
  if constexpr (NeedsImageGradients<P>)
    return policy.needs_image_gradients(domain, step);
  else
    return false;
}

template <class P>
void save(const P& policy, StateWriter& writer) {
  if constexpr (Saves<P>) policy.save(writer);
}

template <class P>
void load(P& policy, StateReader& reader) {
  if constexpr (Saves<P>) policy.load(reader);
}

/// A type-erased policy has every hook and knows only at run time which of them do something.
template <class P>
concept DecidesAtRunTime = requires(const P& policy) {
  { policy.edits_targets() } -> std::convertible_to<bool>;
};

template <class P>
bool edits_targets(const P& policy) {
  if constexpr (DecidesAtRunTime<P>)
    return policy.edits_targets();
  else
    return EditsTargets<P>;
}

}  // namespace hooks
}  // namespace cspgan
