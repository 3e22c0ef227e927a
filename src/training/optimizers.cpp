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
#include <fmt/ranges.h>

#include <cmath>
#include <string_view>
#include <vector>

namespace cspgan {

namespace {

template <class Rule>
void validate_adam(const Rule& rule) {
  const std::string name(Rule::name);
  const auto require = [&](bool right, std::string_view option, std::string_view range, double value) {
    if (!right || !std::isfinite(value))
      throw OptionError(fmt::format("{}: {} must be finite and {}, not {}", name, option, range, value));
  };
  require(rule.learning_rate > 0, "learning_rate", "> 0", rule.learning_rate);
  require(rule.epsilon > 0, "epsilon", "> 0", rule.epsilon);
  require(rule.weight_decay >= 0, "weight_decay", ">= 0", rule.weight_decay);
  for (const double beta : {rule.beta1, rule.beta2})
    if (!(beta >= 0 && beta < 1)) throw OptionError(fmt::format("{}: betas must lie in [0, 1), not {}", name, beta));
}

/// Whether the same place in memory is the same element of both: axes of one element aside, their strides are equal.
bool lie_alike(const Tensor& a, const Tensor& b) {
  if (a.sizes() != b.sizes()) return false;
  for (std::int64_t axis = 0; axis < a.dim(); ++axis)
    if (a.size(axis) > 1 && a.stride(axis) != b.stride(axis)) return false;
  return true;
}

Tensor laid_like(const Tensor& parameter, const Tensor& values) {
  return at::empty_like(parameter, values.options()).copy_(values);
}

/// What a fused kernel takes.
struct AdamLists {
  std::vector<Tensor> parameters, gradients, averages, squares;
};

/// On a CPU, LibTorch's fused kernels pair a parameter's numbers with those of its gradient and of its state by their
/// place in memory and look at no strides. So what lies otherwise is brought into the parameter's layout, the state for
/// good, and all are given in one dimension, as they lie. Throws Error for a parameter that does not fill its memory.
AdamLists as_they_lie(std::string_view rule, const std::vector<Tensor>& parameters,
                      const std::vector<Tensor>& gradients, const OptimizerSlots& slots) {
  AdamLists lists{parameters, gradients, slots[0], slots[1]};
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    const Tensor parameter = parameters[p].detach();
    if (!parameter.is_non_overlapping_and_dense())
      throw Error(
          fmt::format("{}: parameter {} of this step, of shape [{}] and strides [{}], shares numbers or has gaps "
                      "between them; give the optimizer a contiguous() copy",
                      rule, p, fmt::join(parameter.sizes(), ", "), fmt::join(parameter.strides(), ", ")));
    if (!lie_alike(gradients[p], parameter)) lists.gradients[p] = laid_like(parameter, gradients[p]);
    for (Tensor* state : {&lists.averages[p], &lists.squares[p]})
      if (!lie_alike(*state, parameter)) state->set_data(laid_like(parameter, *state));  // the owner's, too
    for (auto* list : {&lists.parameters, &lists.gradients, &lists.averages, &lists.squares})
      (*list)[p] = (*list)[p].detach().as_strided({parameter.numel()}, {1});
  }
  return lists;
}

}  // namespace

void Adam::validate() const { validate_adam(*this); }
void AdamW::validate() const { validate_adam(*this); }

OptimizerSlots Adam::make_slots(const std::vector<Tensor>& parameters) const {
  OptimizerSlots slots(3);
  for (const Tensor& parameter : parameters) {
    slots[0].push_back(at::zeros_like(parameter.detach()));
    slots[1].push_back(at::zeros_like(parameter.detach()));
    slots[2].push_back(at::zeros({}, at::TensorOptions(parameter.device()).dtype(at::kFloat)));
  }
  return slots;
}

void Adam::update(const std::vector<Tensor>& parameters, const std::vector<Tensor>& gradients, OptimizerSlots& slots,
                  double learning_rate_now) const {
  const AdamLists lists = as_they_lie(name, parameters, gradients, slots);
  at::_foreach_add_(slots[2], 1);
  at::_fused_adam_(lists.parameters, lists.gradients, lists.averages, lists.squares, {}, slots[2], learning_rate_now,
                   beta1, beta2, weight_decay, epsilon, /*amsgrad=*/false, /*maximize=*/false);
}

void AdamW::update(const std::vector<Tensor>& parameters, const std::vector<Tensor>& gradients, OptimizerSlots& slots,
                   double learning_rate_now) const {
  const AdamLists lists = as_they_lie(name, parameters, gradients, slots);
  at::_foreach_add_(slots[2], 1);
  at::_fused_adamw_(lists.parameters, lists.gradients, lists.averages, lists.squares, {}, slots[2], learning_rate_now,
                    beta1, beta2, weight_decay, epsilon, /*amsgrad=*/false, /*maximize=*/false);
}

const Registry<AnyOptimizer>& optimizers() {
  static const auto registry = Registry<AnyOptimizer>("optimizer").add<Adam>().add<AdamW>();
  return registry;
}

Optimizer::Optimizer(AnyOptimizer rule, std::vector<Tensor> parameters)
    : rule_(std::move(rule)), parameters_(std::move(parameters)), slots_(rule_.make_slots(parameters_)) {}

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
  OptimizerSlots slots(slots_.size());
  for (std::size_t p = 0; p < parameters_.size(); ++p) {
    if (!parameters_[p].grad().defined()) continue;
    parameters.push_back(parameters_[p]);
    gradients.push_back(parameters_[p].grad());
    for (std::size_t s = 0; s < slots_.size(); ++s) slots[s].push_back(slots_[s][p]);
  }
  if (!parameters.empty()) rule_.update(parameters, gradients, slots, rule_.learning_rate() * factor);
}

void Optimizer::save(StateWriter writer) const {
  const auto names = rule_.slot_names();
  for (std::size_t s = 0; s < slots_.size(); ++s)
    for (std::size_t p = 0; p < slots_[s].size(); ++p) writer.tensor(fmt::format("{}.{}", p, names[s]), slots_[s][p]);
}

void Optimizer::load(const StateReader& reader) {
  const c10::AutoGradMode no_graph(false);
  const auto names = rule_.slot_names();
  for (std::size_t s = 0; s < slots_.size(); ++s)
    for (std::size_t p = 0; p < slots_[s].size(); ++p) {
      const std::string name = fmt::format("{}.{}", p, names[s]);
      const Tensor saved = reader.tensor(name);
      if (saved.sizes() != slots_[s][p].sizes())
        throw Error(fmt::format("the checkpoint's optimizer state '{}{}' has another shape than this network's",
                                reader.prefix(), name));
      slots_[s][p].copy_(saved);
    }
}

}  // namespace cspgan
