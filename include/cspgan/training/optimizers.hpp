// How gradients change weights: update rules as values, and Optimizer, which holds their state.
#pragma once

#include <ATen/core/ATen_fwd.h>

#include <concepts>
#include <memory>
#include <string>
#include <vector>

#include "cspgan/core/options.hpp"
#include "cspgan/core/registry.hpp"
#include "cspgan/core/state.hpp"
#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The state of an optimizer: state[s][p] is the s-th tensor of state for parameter p.
using OptimizerState = std::vector<std::vector<Tensor>>;

namespace detail {

/// The fields of Adam and AdamW, which mean different things by weight_decay.
void describe_adam(auto&& self, auto&& field, const char* weight_decay_help) {
  field("learning_rate", self.learning_rate, "step size, > 0");
  field("beta1", self.beta1, "decay rate of the running mean of gradients, in [0, 1)");
  field("beta2", self.beta2, "decay rate of the running mean of squared gradients, in [0, 1)");
  field("epsilon", self.epsilon, "number added to the denominator, > 0");
  field("weight_decay", self.weight_decay, weight_decay_help);
}

}  // namespace detail

/// Adam (Kingma & Ba 2015, Algorithm 1). weight_decay adds the gradient of an L2 penalty. GANs use a small beta1.
/// validate() throws OptionError, naming the field, if a value is out of range.
struct Adam {
  static constexpr std::string_view name = "adam";
  static constexpr std::string_view summary = "Adam; weight_decay is an L2 penalty (Kingma & Ba 2015)";
  double learning_rate = 2e-4;
  double beta1 = 0.5;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;

  static void describe(auto&& self, auto&& field) {
    detail::describe_adam(self, field,
                          "factor of the L2 penalty, whose gradient is this factor times the weights, >= 0");
  }
  void validate() const;
  friend bool operator==(const Adam&, const Adam&) = default;

  std::vector<std::string> state_names() const { return {"mean", "square", "steps"}; }
  OptimizerState make_state(const std::vector<Tensor>& parameters) const;
  void update(const std::vector<Tensor>& parameters, const std::vector<Tensor>& gradients, OptimizerState& state,
              double learning_rate_now) const;
};

/// AdamW (Loshchilov & Hutter 2019, Algorithm 2): weight decay decoupled from the gradient and scaled by the learning
/// rate. validate() throws OptionError, naming the field, if a value is out of range.
struct AdamW {
  static constexpr std::string_view name = "adamw";
  static constexpr std::string_view summary = "Adam with decoupled weight decay (Loshchilov & Hutter 2019)";
  double learning_rate = 2e-4;
  double beta1 = 0.5;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.01;

  static void describe(auto&& self, auto&& field) {
    detail::describe_adam(
        self, field,
        "share of each weight that a step of learning rate 1 would take away (decoupled from the gradient), >= 0");
  }
  void validate() const;
  friend bool operator==(const AdamW&, const AdamW&) = default;

  std::vector<std::string> state_names() const { return Adam{}.state_names(); }
  OptimizerState make_state(const std::vector<Tensor>& parameters) const { return Adam{}.make_state(parameters); }
  void update(const std::vector<Tensor>& parameters, const std::vector<Tensor>& gradients, OptimizerState& state,
              double learning_rate_now) const;
};

/// An update rule: its parameters are described fields, and update() changes parameters and state in place.
template <class R>
concept OptimizerRule = Described<R> &&
    requires(const R& rule, const std::vector<Tensor>& tensors, OptimizerState& state) {
  { rule.learning_rate } -> std::convertible_to<double>;
  { rule.state_names() } -> std::convertible_to<std::vector<std::string>>;
  { rule.make_state(tensors) } -> std::convertible_to<OptimizerState>;
  rule.update(tensors, tensors, state, double{});
};

/// Any OptimizerRule, chosen at run time.
class AnyOptimizer {
 public:
  AnyOptimizer() : AnyOptimizer(Adam{}) {}
  template <OptimizerRule R>
  AnyOptimizer(R rule) {
    if constexpr (requires { rule.validate(); }) rule.validate();
    rule_ = std::make_shared<const Model<R>>(std::move(rule));
  }

  double learning_rate() const { return rule_->learning_rate(); }
  std::vector<std::string> state_names() const { return rule_->state_names(); }
  OptimizerState make_state(const std::vector<Tensor>& parameters) const { return rule_->make_state(parameters); }
  void update(const std::vector<Tensor>& parameters, const std::vector<Tensor>& gradients, OptimizerState& state,
              double learning_rate_now) const {
    rule_->update(parameters, gradients, state, learning_rate_now);
  }
  Value describe() const { return rule_->describe(); }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual double learning_rate() const = 0;
    virtual std::vector<std::string> state_names() const = 0;
    virtual OptimizerState make_state(const std::vector<Tensor>& parameters) const = 0;
    virtual void update(const std::vector<Tensor>&, const std::vector<Tensor>&, OptimizerState&, double) const = 0;
    virtual Value describe() const = 0;
  };
  template <class R>
  struct Model final : Interface {
    explicit Model(R given) : rule(std::move(given)) {}
    double learning_rate() const override { return rule.learning_rate; }
    std::vector<std::string> state_names() const override { return rule.state_names(); }
    OptimizerState make_state(const std::vector<Tensor>& parameters) const override {
      return rule.make_state(parameters);
    }
    void update(const std::vector<Tensor>& parameters, const std::vector<Tensor>& gradients, OptimizerState& state,
                double learning_rate_now) const override {
      rule.update(parameters, gradients, state, learning_rate_now);
    }
    Value describe() const override { return named_value(rule); }
    R rule;
  };
  std::shared_ptr<const Interface> rule_;
};

/// The optimizers that a recipe can choose by name.
const Registry<AnyOptimizer>& optimizers();

/// Applies a rule to the parameters of one network, and holds its state.
class Optimizer {
 public:
  Optimizer(AnyOptimizer rule, std::vector<Tensor> parameters);

  /// Clears the gradients of all parameters.
  void zero_gradients();
  /// The Euclidean norm of all gradients, a scalar tensor on their device; undefined if no parameter has a gradient.
  Tensor gradient_norm() const;
  /// Updates the parameters that have a gradient. The learning rate is that of the rule times `factor`.
  void step(double factor);
  double learning_rate() const { return rule_.learning_rate(); }

  void save(StateWriter writer) const;
  void load(const StateReader& reader);

 private:
  AnyOptimizer rule_;
  std::vector<Tensor> parameters_;
  OptimizerState state_;
};

}  // namespace cspgan
