// A loss chosen at run time.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <utility>

#include "cspgan/core/registry.hpp"
#include "cspgan/core/value.hpp"
#include "cspgan/losses/concepts.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Holds any loss as a value. It takes targets like a TargetLoss and ignores them if the loss inside uses none. Copies
/// share the loss, which is immutable.
class AnyLoss {
 public:
  /// Throws OptionError if the loss has a validate() that refuses its parameters.
  template <class L>
  requires(!std::same_as<L, AnyLoss>) AnyLoss(L loss) : loss_(make(std::move(loss))) {}

  /// The scalar that the discriminator minimizes; scores and targets are [N].
  Tensor discriminator(const Scores& scores, const Targets& targets) const {
    return loss_->discriminator(scores, targets);
  }
  /// The scalar that the generator minimizes.
  Tensor generator(const Scores& scores, const Targets& targets) const { return loss_->generator(scores, targets); }

  /// See uses_targets and generator_needs_real_scores in concepts.hpp.
  bool uses_targets() const { return loss_->uses_targets(); }
  bool needs_real_scores() const { return loss_->needs_real_scores(); }
  /// The name of the loss, or "loss" if it has none.
  std::string name() const { return loss_->name(); }
  /// The loss as a recipe writes it: {"name": ..., and its fields}.
  Value describe() const { return loss_->describe(); }

  /// The loss inside, or nullptr if it has another type.
  template <class L>
  const L* get_if() const {
    const auto* held = dynamic_cast<const Held<L>*>(loss_.get());
    return held == nullptr ? nullptr : &held->loss;
  }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual Tensor discriminator(const Scores& scores, const Targets& targets) const = 0;
    virtual Tensor generator(const Scores& scores, const Targets& targets) const = 0;
    virtual bool uses_targets() const = 0;
    virtual bool needs_real_scores() const = 0;
    virtual std::string name() const = 0;
    virtual Value describe() const = 0;
  };

  template <class L>
  struct Held final : Interface {
    explicit Held(L value) : loss(std::move(value)) {}
    Tensor discriminator(const Scores& scores, const Targets& targets) const override {
      return discriminator_loss(loss, scores, targets);
    }
    Tensor generator(const Scores& scores, const Targets& targets) const override {
      return generator_loss(loss, scores, targets);
    }
    bool uses_targets() const override { return loss_uses_targets(loss); }
    bool needs_real_scores() const override { return loss_needs_real_scores(loss); }
    std::string name() const override { return display_name(loss, "loss"); }
    Value describe() const override { return described_value(loss, "loss"); }
    L loss;
  };

  template <class L>
  static std::shared_ptr<const Interface> make(L loss) {
    static_assert(check_loss<L>());
    if constexpr (requires { loss.validate(); }) loss.validate();
    return std::make_shared<const Held<L>>(std::move(loss));
  }

  std::shared_ptr<const Interface> loss_;
};

}  // namespace cspgan
