// Scalars of steps: reading, means, detection of non-finite values.
#include "cspgan/training/step_result.hpp"

#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <fmt/format.h>

#include <cmath>

#include "cspgan/core/error.hpp"

namespace cspgan {

namespace {

[[noreturn]] void fail(std::int64_t step, const std::string& what) {
  throw NonFiniteError(
      fmt::format("{} is not finite in step {}; lower the learning rates, or add a penalty such as r1 to a GAN, and "
                  "start again or resume "
                  "(docs/choosing.md#a-loss-or-gradient-is-not-finite)",
                  what, step));
}

}  // namespace

double StepResult::number(std::string_view name) const {
  for (const auto& [key, scalar] : scalars)
    if (key == name) return scalar.item<double>();
  throw Error(fmt::format("step {} has no '{}'", step, name));
}

void ScalarMeans::add(const StepResult& result) {
  for (const auto& [name, scalar] : result.scalars) {
    Entry* known = nullptr;
    for (Entry& entry : entries_)
      if (entry.name == name) known = &entry;
    if (known == nullptr) {
      entries_.push_back({name, scalar.to(at::kFloat).clone(), 1});
    } else {
      known->sum += scalar;
      ++known->count;
    }
  }
}

Value ScalarMeans::take() {
  Value means{Value::Object{}};
  if (!entries_.empty()) {
    std::vector<Tensor> sums;
    for (const Entry& entry : entries_) sums.push_back(entry.sum);
    const Tensor numbers = at::stack(sums).cpu().to(at::kDouble).contiguous();
    for (std::size_t i = 0; i < entries_.size(); ++i)
      means.set(entries_[i].name, numbers.const_data_ptr<double>()[i] / static_cast<double>(entries_[i].count));
  }
  entries_.clear();
  return means;
}

void NonFiniteGuard::observe(std::int64_t step, const std::string& what, const Tensor& scalar) {
  if (!scalar.defined()) return;
  if (scalar.device().is_cpu()) {
    if (!std::isfinite(scalar.item<double>())) fail(step, what);
    return;
  }
  Tensor* known = nullptr;
  for (auto& [name, first] : first_bad_)
    if (name == what) known = &first;
  if (known == nullptr)
    known =
        &first_bad_.emplace_back(what, at::full({}, -1, at::TensorOptions(scalar.device()).dtype(at::kLong))).second;
  const Tensor detached = scalar.detach();
  *known =
      at::where(at::isfinite(detached).logical_not().logical_and(known->lt(0)), at::full_like(*known, step), *known);
}

void NonFiniteGuard::check() const {
  std::int64_t earliest = -1;
  std::string culprit;
  for (const auto& [name, first] : first_bad_) {
    const auto step = first.item<std::int64_t>();
    if (step >= 0 && (earliest < 0 || step < earliest)) {
      earliest = step;
      culprit = name;
    }
  }
  if (earliest >= 0) fail(earliest, culprit);
}

}  // namespace cspgan
