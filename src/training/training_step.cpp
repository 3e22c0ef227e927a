// The part of an update that is the same for both networks.
#include "cspgan/training/training_step.hpp"

namespace cspgan::detail {

Tensor update_network(const std::string& network, const Tensor& loss, const Penalties& penalties, Optimizer& optimizer,
                      double learning_rate_factor, NonFiniteGuard& guard, StepResult& result) {
  const Tensor total = penalties.sum.defined() ? loss + penalties.sum : loss;
  guard.observe(result.step, "the " + network + "'s loss", total);
  optimizer.zero_gradients();
  total.backward();
  const Tensor gradient_norm = optimizer.gradient_norm();
  guard.observe(result.step, "the gradient of the " + network + "'s loss", gradient_norm);
  optimizer.step(learning_rate_factor);
  optimizer.zero_gradients();
  result.add("loss_" + network.substr(0, 1), loss);
  for (const auto& [name, penalty] : penalties.parts) result.add("penalty_" + name, penalty);
  return gradient_norm;
}

}  // namespace cspgan::detail
