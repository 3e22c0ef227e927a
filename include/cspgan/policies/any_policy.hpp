// A policy chosen at run time.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "cspgan/core/registry.hpp"
#include "cspgan/core/value.hpp"
#include "cspgan/policies/concepts.hpp"
#include "cspgan/policies/hooks.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Holds any policy as a value. It has every hook; those that the policy inside lacks change nothing. A copy has its
/// own state. The hooks are documented in concepts.hpp.
class AnyPolicy {
 public:
  /// Throws OptionError if the policy has a validate() that refuses its parameters.
  template <class P>
  requires(!std::same_as<P, AnyPolicy>) AnyPolicy(P policy) : policy_(make(std::move(policy))) {}

  AnyPolicy(const AnyPolicy& other) : policy_(other.policy_->clone()) {}
  AnyPolicy& operator=(const AnyPolicy& other) {
    policy_ = other.policy_->clone();
    return *this;
  }
  AnyPolicy(AnyPolicy&&) noexcept = default;
  AnyPolicy& operator=(AnyPolicy&&) noexcept = default;

  Targets edit_targets(Targets targets, StepContext& step) { return policy_->edit_targets(std::move(targets), step); }
  Tensor edit_images(Tensor images, StepContext& step) { return policy_->edit_images(std::move(images), step); }
  Tensor edit_reals(Tensor reals, const Tensor& fakes, StepContext& step) {
    return policy_->edit_reals(std::move(reals), fakes, step);
  }
  void observe_scores(const Scores& scores, StepContext& step) { policy_->observe_scores(scores, step); }
  Tensor edit_fakes(Tensor fakes, StepContext& step) { return policy_->edit_fakes(std::move(fakes), step); }
  Tensor discriminator_penalty(const DiscriminatorUpdate& update, StepContext& step) {
    return policy_->discriminator_penalty(update, step);
  }
  Tensor generator_penalty(const GeneratorUpdate& update, StepContext& step) {
    return policy_->generator_penalty(update, step);
  }
  bool needs_image_gradients(Domain domain, const StepContext& step) const {
    return policy_->needs_image_gradients(domain, step);
  }
  void save(StateWriter& writer) const { policy_->save(writer); }
  void load(StateReader& reader) { policy_->load(reader); }

  bool edits_targets() const { return policy_->edits_targets(); }
  /// The name of the policy, or "policy" if it has none.
  std::string name() const { return policy_->name(); }
  /// The policy as a recipe writes it: {"name": ..., and its fields}.
  Value describe() const { return policy_->describe(); }

  /// The policy inside, or nullptr if it has another type.
  template <class P>
  const P* get_if() const {
    const auto* held = dynamic_cast<const Held<P>*>(policy_.get());
    return held == nullptr ? nullptr : &held->policy;
  }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual std::unique_ptr<Interface> clone() const = 0;
    virtual Targets edit_targets(Targets targets, StepContext& step) = 0;
    virtual Tensor edit_images(Tensor images, StepContext& step) = 0;
    virtual Tensor edit_reals(Tensor reals, const Tensor& fakes, StepContext& step) = 0;
    virtual void observe_scores(const Scores& scores, StepContext& step) = 0;
    virtual Tensor edit_fakes(Tensor fakes, StepContext& step) = 0;
    virtual Tensor discriminator_penalty(const DiscriminatorUpdate& update, StepContext& step) = 0;
    virtual Tensor generator_penalty(const GeneratorUpdate& update, StepContext& step) = 0;
    virtual bool needs_image_gradients(Domain domain, const StepContext& step) const = 0;
    virtual void save(StateWriter& writer) const = 0;
    virtual void load(StateReader& reader) = 0;
    virtual bool edits_targets() const = 0;
    virtual std::string name() const = 0;
    virtual Value describe() const = 0;
  };

  template <class P>
  struct Held final : Interface {
    explicit Held(P value) : policy(std::move(value)) {}
    std::unique_ptr<Interface> clone() const override { return std::make_unique<Held>(policy); }
    Targets edit_targets(Targets targets, StepContext& step) override {
      return hooks::edit_targets(policy, std::move(targets), step);
    }
    Tensor edit_images(Tensor images, StepContext& step) override {
      return hooks::edit_images(policy, std::move(images), step);
    }
    Tensor edit_reals(Tensor reals, const Tensor& fakes, StepContext& step) override {
      return hooks::edit_reals(policy, std::move(reals), fakes, step);
    }
    void observe_scores(const Scores& scores, StepContext& step) override {
      hooks::observe_scores(policy, scores, step);
    }
    Tensor edit_fakes(Tensor fakes, StepContext& step) override {
      return hooks::edit_fakes(policy, std::move(fakes), step);
    }
    Tensor discriminator_penalty(const DiscriminatorUpdate& update, StepContext& step) override {
      return hooks::discriminator_penalty(policy, update, step);
    }
    Tensor generator_penalty(const GeneratorUpdate& update, StepContext& step) override {
      return hooks::generator_penalty(policy, update, step);
    }
    bool needs_image_gradients(Domain domain, const StepContext& step) const override {
      return hooks::needs_image_gradients(policy, domain, step);
    }
    void save(StateWriter& writer) const override { hooks::save(policy, writer); }
    void load(StateReader& reader) override { hooks::load(policy, reader); }
    bool edits_targets() const override { return EditsTargets<P>; }
    std::string name() const override { return display_name(policy, "policy"); }
    Value describe() const override { return described_value(policy, "policy"); }
    P policy;
  };

  template <class P>
  static std::unique_ptr<Interface> make(P policy) {
    static_assert(check_policy<P>());
    if constexpr (requires { policy.validate(); }) policy.validate();
    return std::make_unique<Held<P>>(std::move(policy));
  }

  std::unique_ptr<Interface> policy_;
};

}  // namespace cspgan
