// A set of policies as the trainer sees it, fixed at compile time (Policies) or at run time (PolicyList), and the
// checks of a set against a loss.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/core/registry.hpp"
#include "cspgan/core/value.hpp"
#include "cspgan/losses/concepts.hpp"
#include "cspgan/policies/any_policy.hpp"
#include "cspgan/policies/concepts.hpp"
#include "cspgan/policies/hooks.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The penalties of one update.
struct Penalties {
  struct Part {
    std::string name;  // of the policy; the second one named "r1" is called "r1_2"
    Tensor value;      // scalar without a graph, for logs: the value as added, i.e. already multiplied by `every`
  };
  Tensor sum;  // scalar with the graph; undefined if no penalty was due
  std::vector<Part> parts;
};

namespace detail {
/// Throws Error, naming the policy, the hook and both shapes, if a hook changed the shape.
void check_edited(const std::string& policy, std::string_view hook, const Tensor& before, const Tensor& after);
/// Adds `value` if it is defined. Throws Error naming the policy if it is not a scalar.
void add_penalty(Penalties& penalties, const std::string& policy, const Tensor& value);
/// Makes the names unique: "r1", "r1_2", ...
std::vector<std::string> distinct(std::vector<std::string> names);
}  // namespace detail

/// The common part of both kinds of set: each hook calls the policies in order. `Set` has for_each(action), which calls
/// action(policy) for each policy. Throws Error, naming the policy, if a hook changes a shape or a penalty is not a
/// scalar.
template <class Set>
class PolicySet {
 public:
  Targets edit_targets(Targets targets, StepContext& step) {
    visit([&](auto& policy, const std::string& name) {
      Targets edited = hooks::edit_targets(policy, targets, step);
      detail::check_edited(name, "edit_targets (real)", targets.real, edited.real);
      detail::check_edited(name, "edit_targets (fake)", targets.fake, edited.fake);
      targets = std::move(edited);
    });
    return targets;
  }

  /// The caller sets step.domain and step.generator_update.
  Tensor edit_images(Tensor images, StepContext& step) {
    visit([&](auto& policy, const std::string& name) {
      Tensor edited = hooks::edit_images(policy, images, step);
      detail::check_edited(name, "edit_images", images, edited);
      images = std::move(edited);
    });
    return images;
  }

  Tensor edit_reals(Tensor reals, const Tensor& fakes, StepContext& step) {
    visit([&](auto& policy, const std::string& name) {
      Tensor edited = hooks::edit_reals(policy, reals, fakes, step);
      detail::check_edited(name, "edit_reals", reals, edited);
      reals = std::move(edited);
    });
    return reals;
  }

  void observe_scores(const Scores& scores, StepContext& step) {
    visit([&](auto& policy, const std::string&) { hooks::observe_scores(policy, scores, step); });
  }

  Tensor edit_fakes(Tensor fakes, StepContext& step) {
    visit([&](auto& policy, const std::string& name) {
      Tensor edited = hooks::edit_fakes(policy, fakes, step);
      detail::check_edited(name, "edit_fakes", fakes, edited);
      fakes = std::move(edited);
    });
    return fakes;
  }

  Penalties discriminator_penalty(const DiscriminatorUpdate& update, StepContext& step) {
    Penalties penalties;
    visit([&](auto& policy, const std::string& name) {
      detail::add_penalty(penalties, name, hooks::discriminator_penalty(policy, update, step));
    });
    return penalties;
  }

  Penalties generator_penalty(const GeneratorUpdate& update, StepContext& step) {
    Penalties penalties;
    visit([&](auto& policy, const std::string& name) {
      detail::add_penalty(penalties, name, hooks::generator_penalty(policy, update, step));
    });
    return penalties;
  }

  /// Whether a penalty of this step needs gradients with respect to the images of the domain in the discriminator's
  /// update.
  bool needs_image_gradients(Domain domain, const StepContext& step) const {
    bool needed = false;
    set().for_each([&](const auto& policy) { needed = needed || hooks::needs_image_gradients(policy, domain, step); });
    return needed;
  }

  /// Whether a policy of the set changes targets.
  bool edits_targets() const {
    bool edits = false;
    set().for_each([&](const auto& policy) { edits = edits || hooks::edits_targets(policy); });
    return edits;
  }

  /// Writes the state of each policy under its position and name: "2.replay_buffer.images".
  void save(StateWriter& writer) const {
    visit([&](const auto& policy, const std::string& name, std::size_t position) {
      StateWriter scope = writer.scope(std::to_string(position)).scope(name);
      hooks::save(policy, scope);
    });
  }

  void load(StateReader& reader) {
    visit([&](auto& policy, const std::string& name, std::size_t position) {
      StateReader scope = reader.scope(std::to_string(position)).scope(name);
      hooks::load(policy, scope);
    });
  }

  /// An array with the name and fields of each policy, as a recipe writes them.
  Value describe() const {
    Value::Array policies;
    set().for_each([&](const auto& policy) { policies.push_back(described_value(policy, "policy")); });
    return policies;
  }

  /// Names for logs: those of the policies ("policy" for a type without a name), made unique.
  const std::vector<std::string>& names() const { return names_; }
  std::size_t size() const { return names_.size(); }

 protected:
  /// Must be called once the set holds its policies. Throws OptionError for wrong parameters, and assigns the names.
  void complete() {
    set().for_each([&](const auto& policy) {
      if constexpr (requires { policy.validate(); }) policy.validate();
      names_.push_back(display_name(policy, "policy"));
    });
    names_ = detail::distinct(std::move(names_));
  }

 private:
  Set& set() { return static_cast<Set&>(*this); }
  const Set& set() const { return static_cast<const Set&>(*this); }

  template <class Self, class Action>
  static void visit(Self& self, Action& action) {
    std::size_t position = 0;
    self.set().for_each([&](auto& policy) {
      const std::string& name = self.names_[position];
      if constexpr (std::is_invocable_v<Action, decltype(policy), const std::string&>)
        action(policy, name);
      else
        action(policy, name, position);
      ++position;
    });
  }
  template <class Action>
  void visit(Action action) {
    visit(*this, action);
  }
  template <class Action>
  void visit(Action action) const {
    visit(*this, action);
  }

  std::vector<std::string> names_;
};

/// Policies fixed at compile time: `Policies{SoftLabels{}, R1{.gamma = 0.5, .every = 4}}`, or `Policies{}` for none.
template <class... Ps>
class Policies : public PolicySet<Policies<Ps...>> {
  static_assert((check_policy<Ps>() && ...));

 public:
  /// Throws OptionError if the parameters of a policy are out of range.
  explicit(sizeof...(Ps) == 1) Policies(Ps... policies) : policies_(std::move(policies)...) { this->complete(); }

  /// The policy at a position, e.g. to read its state.
  template <std::size_t position>
  const auto& get() const {
    return std::get<position>(policies_);
  }

  void for_each(auto&& action) {
    std::apply([&](auto&... policy) { (action(policy), ...); }, policies_);
  }
  void for_each(auto&& action) const {
    std::apply([&](const auto&... policy) { (action(policy), ...); }, policies_);
  }

 private:
  std::tuple<Ps...> policies_;
};

template <class... Ps>
Policies(Ps...) -> Policies<Ps...>;

/// Policies chosen at run time.
class PolicyList : public PolicySet<PolicyList> {
 public:
  PolicyList() = default;
  PolicyList(std::initializer_list<AnyPolicy> policies) : policies_(policies) { complete(); }
  explicit PolicyList(std::vector<AnyPolicy> policies) : policies_(std::move(policies)) { complete(); }

  const AnyPolicy& operator[](std::size_t position) const { return policies_.at(position); }

  void for_each(auto&& action) {
    for (auto& policy : policies_) action(policy);
  }
  void for_each(auto&& action) const {
    for (const auto& policy : policies_) action(policy);
  }

 private:
  std::vector<AnyPolicy> policies_;
};

namespace detail {
/// Whether P, a policy or a set of policies, is known at compile time to change targets.
template <class P>
struct CertainToEditTargets : std::bool_constant<EditsTargets<P> && !hooks::DecidesAtRunTime<P>> {};
template <class... Ps>
struct CertainToEditTargets<Policies<Ps...>> : std::bool_constant<(CertainToEditTargets<Ps>::value || ...)> {};
}  // namespace detail

/// Fails to compile, with a sentence that says why, if the policies cannot work with the loss. Ps are policies or sets.
template <class L, class... Ps>
consteval bool check_policies() {
  static_assert(check_loss<L>());
  static_assert(uses_targets<L> || !(detail::CertainToEditTargets<Ps>::value || ...),
                "a policy that edits targets (soft labels, smoothing, flips, ...) has no effect on a loss that uses no "
                "targets: take the policy out, or choose a loss with targets, such as NonSaturatingLoss");
  return true;
}

/// The same check at run time. Throws OptionError.
template <Loss L, class Set>
void require_compatible(const L& loss, const Set& policies) {
  if (loss_uses_targets(loss)) return;
  policies.for_each([&](const auto& policy) {
    if (hooks::edits_targets(policy))
      throw OptionError("policies: " + display_name(policy, "policy") + " edits targets, but the loss " +
                        display_name(loss, "given") +
                        " uses none; take it out, or choose a loss with targets, such as " + "non_saturating");
  });
}

}  // namespace cspgan
