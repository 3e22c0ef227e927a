// The concept of a policy: an object with at least one of seven hooks, which the compiler finds by name.
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

#include "cspgan/core/scores.hpp"
#include "cspgan/core/state.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/policies/hook_names.hpp"
#include "cspgan/policies/step_context.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Changes the targets of the discriminator's update; they must stay [N].
template <class P>
concept EditsTargets = requires(P& policy, Targets targets, StepContext& step) {
  { policy.edit_targets(targets, step) } -> std::convertible_to<Targets>;
};

/// Changes images, real and fake, before the discriminator sees them, in both updates. The shape must stay. Must be
/// differentiable if the generator is to learn through the change.
template <class P>
concept EditsImages = requires(P& policy, Tensor images, StepContext& step) {
  { policy.edit_images(images, step) } -> std::convertible_to<Tensor>;
};

/// Changes the reals of the discriminator's update only, before edit_images; `fakes` are those of the same update, as
/// the generator made them. The shape must stay.
template <class P>
concept EditsReals = requires(P& policy, Tensor reals, const Tensor& fakes, StepContext& step) {
  { policy.edit_reals(reals, fakes, step) } -> std::convertible_to<Tensor>;
};

/// Changes the fakes of the discriminator's update only, before edit_images. The shape must stay.
template <class P>
concept EditsFakes = requires(P& policy, Tensor fakes, StepContext& step) {
  { policy.edit_fakes(fakes, step) } -> std::convertible_to<Tensor>;
};

/// Sees the scores [N] of each update of the discriminator, without a graph, e.g. to adapt to them. On a GPU, reading a
/// number from them waits for the device.
template <class P>
concept ObservesScores = requires(P& policy, const Scores& scores, StepContext& step) {
  policy.observe_scores(scores, step);
};

/// A scalar added to the discriminator's loss; an undefined tensor if no penalty is due in this step.
template <class P>
concept PenalizesDiscriminator = requires(P& policy, const DiscriminatorUpdate& update, StepContext& step) {
  { policy.discriminator_penalty(update, step) } -> std::convertible_to<Tensor>;
};

/// A scalar added to the generator's loss; an undefined tensor if no penalty is due in this step.
template <class P>
concept PenalizesGenerator = requires(P& policy, const GeneratorUpdate& update, StepContext& step) {
  { policy.generator_penalty(update, step) } -> std::convertible_to<Tensor>;
};

/// Saves and loads the state that a resume needs. A policy has both functions or neither.
template <class P>
concept Saves = requires(P& policy, const P& constant, StateWriter& writer, StateReader& reader) {
  constant.save(writer);
  policy.load(reader);
};

/// Optional. Returns whether a penalty of this step needs gradients with respect to the images of the domain. The
/// trainer then makes those images require gradients from the start, which saves the penalty a second discriminator
/// pass.
template <class P>
concept NeedsImageGradients = requires(const P& policy, Domain domain, const StepContext& step) {
  { policy.needs_image_gradients(domain, step) } -> std::convertible_to<bool>;
};

/// A type with at least one hook that changes or sees something.
template <class P>
concept Policy = EditsTargets<P> || EditsImages<P> || EditsReals<P> || EditsFakes<P> || ObservesScores<P> ||
    PenalizesDiscriminator<P> || PenalizesGenerator<P>;

namespace detail {

// If both bases have a member called `edit_targets`, `&Both::edit_targets` is ambiguous. This tells whether a policy
// has a member with that name, whatever its parameters.
template <class P, class Names>
struct With : P, Names {};
template <class P>
using WithHookNames = With<P, HookNames>;
template <class P>
concept CanBeProbed = std::is_class_v<P> && !std::is_final_v<P>;

template <class P>
concept NamesEditTargets = CanBeProbed<P> && !requires {
  &WithHookNames<P>::edit_targets;
};
template <class P>
concept NamesEditImages = CanBeProbed<P> && !requires {
  &WithHookNames<P>::edit_images;
};
template <class P>
concept NamesEditReals = CanBeProbed<P> && !requires {
  &WithHookNames<P>::edit_reals;
};
template <class P>
concept NamesObserveScores = CanBeProbed<P> && !requires {
  &WithHookNames<P>::observe_scores;
};
template <class P>
concept NamesEditFakes = CanBeProbed<P> && !requires {
  &WithHookNames<P>::edit_fakes;
};
template <class P>
concept NamesDiscriminatorPenalty = CanBeProbed<P> && !requires {
  &WithHookNames<P>::discriminator_penalty;
};
template <class P>
concept NamesGeneratorPenalty = CanBeProbed<P> && !requires {
  &WithHookNames<P>::generator_penalty;
};
template <class P>
concept NamesNeedsImageGradients = CanBeProbed<P> && !requires {
  &WithHookNames<P>::needs_image_gradients;
};
template <class P>
concept NamesSaveOrLoad = CanBeProbed<P> &&(
    !requires { &WithHookNames<P>::save; } || !requires { &WithHookNames<P>::load; });

}  // namespace detail

/// Fails to compile, with a sentence that says why, if P has no hook, or if a hook has a wrong signature or a name that
/// looks misspelled.
template <class P>
consteval bool check_policy() {
  static_assert(EditsTargets<P> || !detail::NamesEditTargets<P>,
                "edit_targets of this policy is not callable as Targets edit_targets(Targets, StepContext&)");
  static_assert(EditsImages<P> || !detail::NamesEditImages<P>,
                "edit_images of this policy is not callable as Tensor edit_images(Tensor, StepContext&)");
  static_assert(EditsReals<P> || !detail::NamesEditReals<P>,
                "edit_reals of this policy is not callable as Tensor edit_reals(Tensor, const Tensor& fakes, "
                "StepContext&)");
  static_assert(ObservesScores<P> || !detail::NamesObserveScores<P>,
                "observe_scores of this policy is not callable as void observe_scores(const Scores&, StepContext&)");
  static_assert(EditsFakes<P> || !detail::NamesEditFakes<P>,
                "edit_fakes of this policy is not callable as Tensor edit_fakes(Tensor, StepContext&)");
  static_assert(PenalizesDiscriminator<P> || !detail::NamesDiscriminatorPenalty<P>,
                "discriminator_penalty of this policy is not callable as Tensor discriminator_penalty(const "
                "DiscriminatorUpdate&, StepContext&)");
  static_assert(PenalizesGenerator<P> || !detail::NamesGeneratorPenalty<P>,
                "generator_penalty of this policy is not callable as Tensor generator_penalty(const GeneratorUpdate&, "
                "StepContext&)");
  static_assert(Saves<P> || !detail::NamesSaveOrLoad<P>,
                "a policy with state needs both save(StateWriter&) const and load(StateReader&)");
  static_assert(NeedsImageGradients<P> || !detail::NamesNeedsImageGradients<P>,
                "needs_image_gradients of this policy is not callable as bool needs_image_gradients(Domain, const "
                "StepContext&) const");
  if constexpr (detail::CanBeProbed<P>) {
    using namespace detail;
    static_assert(HasNoneCloseToEditTargets<With<P, CloseToEditTargets>>,
                  "this policy has a member whose name is close to edit_targets: is it misspelled?");
    static_assert(HasNoneCloseToEditImages<With<P, CloseToEditImages>>,
                  "this policy has a member whose name is close to edit_images: is it misspelled?");
    static_assert(HasNoneCloseToEditReals<With<P, CloseToEditReals>>,
                  "this policy has a member whose name is close to edit_reals: is it misspelled?");
    static_assert(HasNoneCloseToObserveScores<With<P, CloseToObserveScores>>,
                  "this policy has a member whose name is close to observe_scores: is it misspelled?");
    static_assert(HasNoneCloseToEditFakes<With<P, CloseToEditFakes>>,
                  "this policy has a member whose name is close to edit_fakes: is it misspelled?");
    static_assert(HasNoneCloseToDiscriminatorPenalty<With<P, CloseToDiscriminatorPenalty>>,
                  "this policy has a member whose name is close to discriminator_penalty: is it misspelled?");
    static_assert(HasNoneCloseToGeneratorPenalty<With<P, CloseToGeneratorPenalty>>,
                  "this policy has a member whose name is close to generator_penalty: is it misspelled?");
    static_assert(HasNoneCloseToNeedsImageGradients<With<P, CloseToNeedsImageGradients>>,
                  "this policy has a member whose name is close to needs_image_gradients: is it misspelled?");
    static_assert(HasNoneCloseToSave<With<P, CloseToSave>>,
                  "this policy has a member whose name is close to save: is it misspelled?");
    static_assert(HasNoneCloseToLoad<With<P, CloseToLoad>>,
                  "this policy has a member whose name is close to load: is it misspelled?");
  }
  static_assert(Policy<P>,
                "a policy needs at least one of the hooks edit_targets, edit_images, edit_reals, edit_fakes, "
                "observe_scores, discriminator_penalty, generator_penalty (is one misspelled?)");
  return true;
}

}  // namespace cspgan
