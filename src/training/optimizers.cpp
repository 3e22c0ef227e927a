// Adam and AdamW through LibTorch's fused kernels.
#include "cspgan/training/optimizers.hpp"

#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <cmath>
#include <string_view>
#include <vector>

#include "core/checks.hpp"
#include "cspgan/core/shapes.hpp"

namespace cspgan {

namespace {

template <class Rule>
void validate_adam(const Rule& rule) {
  const std::string name(Rule::name);
  detail::require_positive(rule.learning_rate, name + ": learning_rate");
  detail::require_positive(rule.epsilon, name + ": epsilon");
  detail::require_not_negative(rule.weight_decay, name + ": weight_decay");
  detail::require(rule.beta1 >= 0 && rule.beta1 < 1, name + ": beta1", "in [0, 1)", rule.beta1);
  detail::require(rule.beta2 >= 0 && rule.beta2 < 1, name + ": beta2", "in [0, 1)", rule.beta2);
}

/// Whether the same offset in memory is the same element in both: their strides are equal, except for axes of size 1.
bool lie_alike(const Tensor& a, const Tensor& b) {
  if (a.sizes() != b.sizes()) return false;
  for (std::int64_t axis = 0; axis < a.dim(); ++axis)
    if (a.size(axis) > 1 && a.stride(axis) != b.stride(axis)) return false;
  return true;
}

Tensor laid_like(const Tensor& parameter, const Tensor& values) {
  return at::empty_like(parameter, values.options()).copy_(values);
}

/// The arguments of a fused kernel.
struct AdamLists {
  std::vector<Tensor> parameters, gradients, averages, squares;
};

/// On a CPU, LibTorch's fused kernels match the elements of parameter, gradient and state by their offset in memory and
/// ignore strides. So tensors with another layout are brought into that of the parameter, the state permanently, and
/// all are passed as one-dimensional views of their memory. Throws Error if a parameter has gaps or overlaps in memory.
AdamLists as_they_lie(std::string_view rule, const std::vector<Tensor>& parameters,
                      const std::vector<Tensor>& gradients, const OptimizerState& state) {
  AdamLists lists{parameters, gradients, state[0], state[1]};
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    const Tensor parameter = parameters[p].detach();
    if (!parameter.is_non_overlapping_and_dense())
      throw Error(
          fmt::format("{}: parameter {} of this step, of shape {} and strides {}, shares numbers or has gaps "
                      "between them; give the optimizer a contiguous() copy",
                      rule, p, shape_text(parameter), shape_text(parameter.strides())));
    if (!lie_alike(gradients[p], parameter)) lists.gradients[p] = laid_like(parameter, gradients[p]);
    for (Tensor* own : {&lists.averages[p], &lists.squares[p]})
      if (!lie_alike(*own, parameter)) own->set_data(laid_like(parameter, *own));  // also for its owner
    for (auto* list : {&lists.parameters, &lists.gradients, &lists.averages, &lists.squares})
      (*list)[p] = (*list)[p].detach().as_strided({parameter.numel()}, {1});
  }
  return lists;
}

}  // namespace

void Adam::validate() const { validate_adam(*this); }
void AdamW::validate() const { validate_adam(*this); }

OptimizerState Adam::make_state(const std::vector<Tensor>& parameters) const {
  OptimizerState state(3);
  for (const Tensor& parameter : parameters) {
    state[0].push_back(at::zeros_like(parameter.detach()));
    state[1].push_back(at::zeros_like(parameter.detach()));
    state[2].push_back(at::zeros({}, at::TensorOptions(parameter.device()).dtype(at::kFloat)));
  }
  return state;
}

void Adam::update(const std::vector<Tensor>& parameters, const std::vector<Tensor>& gradients, OptimizerState& state,
                  double learning_rate_now) const {
  const AdamLists lists = as_they_lie(name, parameters, gradients, state);
  at::_foreach_add_(state[2], 1);
  at::_fused_adam_(lists.parameters, lists.gradients, lists.averages, lists.squares, {}, state[2], learning_rate_now,
                   beta1, beta2, weight_decay, epsilon, /*amsgrad=*/false, /*maximize=*/false);
}

void AdamW::update(const std::vector<Tensor>& parameters, const std::vector<Tensor>& gradients, OptimizerState& state,
                   double learning_rate_now) const {
  const AdamLists lists = as_they_lie(name, parameters, gradients, state);
  at::_foreach_add_(state[2], 1);
  at::_fused_adamw_(lists.parameters, lists.gradients, lists.averages, lists.squares, {}, state[2], learning_rate_now,
                    beta1, beta2, weight_decay, epsilon, /*amsgrad=*/false, /*maximize=*/false);
}

const Registry<AnyOptimizer>& optimizers() {
  static const auto registry = Registry<AnyOptimizer>("optimizer").add<Adam>().add<AdamW>();
  return registry;
}

Optimizer::Optimizer(AnyOptimizer rule, std::vector<Tensor> parameters)
    : rule_(std::move(rule)), parameters_(std::move(parameters)), state_(rule_.make_state(parameters_)) {}

void Optimizer::zero_gradients() {
  for (Tensor& parameter : parameters_) parameter.mutable_grad() = Tensor();
}

Tensor Optimizer::gradient_norm() const {
  std::vector<Tensor> gradients;
  for (const Tensor& parameter : parameters_)
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  if (gradients.empty()) return {};
  return at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients, 2)), 2);
}

void Optimizer::step(double factor) {
  const c10::AutoGradMode no_graph(false);
  std::vector<Tensor> parameters, gradients;
  OptimizerState state(state_.size());
  for (std::size_t p = 0; p < parameters_.size(); ++p) {
    if (!parameters_[p].grad().defined()) continue;
    parameters.push_back(parameters_[p]);
    gradients.push_back(parameters_[p].grad());
    for (std::size_t s = 0; s < state_.size(); ++s) state[s].push_back(state_[s][p]);
  }
  if (!parameters.empty()) rule_.update(parameters, gradients, state, rule_.learning_rate() * factor);
}

void Optimizer::save(StateWriter writer) const {
  const auto names = rule_.state_names();
  for (std::size_t s = 0; s < state_.size(); ++s)
    for (std::size_t p = 0; p < state_[s].size(); ++p) writer.tensor(fmt::format("{}.{}", p, names[s]), state_[s][p]);
}

void Optimizer::load(const StateReader& reader) {
  const c10::AutoGradMode no_graph(false);
  const auto names = rule_.state_names();
  for (std::size_t s = 0; s < state_.size(); ++s)
    for (std::size_t p = 0; p < state_[s].size(); ++p) {
      const std::string name = fmt::format("{}.{}", p, names[s]);
      const Tensor saved = reader.tensor(name);
      if (saved.sizes() != state_[s][p].sizes())
        throw Error(fmt::format("the checkpoint's optimizer state '{}{}' has another shape than this network's",
                                reader.prefix(), name));
      state_[s][p].copy_(saved);
    }
}

}  // namespace cspgan
