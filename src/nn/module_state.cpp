// Module weights to and from named state.
#include "cspgan/nn/module_state.hpp"

#include "cspgan/core/error.hpp"
#include "cspgan/core/shapes.hpp"

#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

namespace cspgan {

void save_module(const torch::nn::Module& module, StateWriter writer) {
  for (const auto& item : module.named_parameters()) writer.tensor(item.key(), item.value());
  for (const auto& item : module.named_buffers()) writer.tensor(item.key(), item.value());
}

void load_module(torch::nn::Module& module, const StateReader& reader) {
  const c10::AutoGradMode no_graph(false);
  std::vector<std::pair<Tensor, Tensor>> copies;  // to, from
  const auto plan = [&](const std::string& name, const Tensor& own) {
    if (!reader.has(name))
      throw Error(fmt::format("the file holds another network: '{}{}' is missing", reader.prefix(), name));
    const Tensor saved = reader.tensor(name);
    if (saved.sizes() != own.sizes())
      throw Error(fmt::format("the file holds another network: '{}{}' has shape {}, this network's has {}",
                              reader.prefix(), name, shape_text(saved), shape_text(own)));
    copies.emplace_back(own, saved);
  };
  for (const auto& item : module.named_parameters()) plan(item.key(), item.value());
  for (const auto& item : module.named_buffers()) plan(item.key(), item.value());
  for (auto& [own, saved] : copies) own.copy_(saved);
}

namespace {

/// "block3.b_conv1.norm.bias" for "block2.b_conv1.norm.bias" and a shift of 1; other names stay. "" if it would be
/// negative.
std::string shifted(const std::string& name, std::int64_t shift) {
  constexpr std::string_view before = "block";
  if (!name.starts_with(before)) return name;
  const char* const first = name.data() + before.size();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(first, name.data() + name.size(), number);
  if (error != std::errc() || number + shift < 0) return "";
  return fmt::format("{}{}{}", before, number + shift, std::string_view(end, name.data() + name.size()));
}

struct Fit {
  std::int64_t all = 0;                           // numbers of the module
  std::int64_t numbers = 0;                       // that would be copied
  std::vector<std::pair<Tensor, Tensor>> copies;  // to, from
  std::vector<std::string> left;
};

Fit fit_of(const torch::nn::Module& module, const StateReader& reader, std::int64_t shift) {
  Fit fit;
  const auto plan = [&](const std::string& name, const Tensor& own) {
    fit.all += own.numel();
    const std::string other = shifted(name, shift);
    const Tensor saved = !other.empty() && reader.has(other) ? reader.tensor(other) : Tensor();
    if (!saved.defined() || saved.sizes() != own.sizes()) {
      fit.left.push_back(name);
      return;
    }
    fit.numbers += own.numel();
    fit.copies.emplace_back(own, saved);
  };
  for (const auto& item : module.named_parameters()) plan(item.key(), item.value());
  for (const auto& item : module.named_buffers()) plan(item.key(), item.value());
  return fit;
}

}  // namespace

FittedModule load_fitting(torch::nn::Module& module, const StateReader& reader) {
  const c10::AutoGradMode no_graph(false);
  Fit best = fit_of(module, reader, 0);
  constexpr std::int64_t most_blocks = 8;
  for (std::int64_t shift = 1; shift <= most_blocks; ++shift)
    for (const std::int64_t either : {shift, -shift})
      if (Fit fit = fit_of(module, reader, either); fit.numbers > best.numbers) best = std::move(fit);
  for (auto& [own, saved] : best.copies) own.copy_(saved);
  const double all = static_cast<double>(std::max<std::int64_t>(best.all, 1));
  return {static_cast<std::int64_t>(best.copies.size()), static_cast<double>(best.numbers) / all, std::move(best.left)};
}

FrozenWeights::FrozenWeights(const torch::nn::Module& module) {
  for (const Tensor& parameter : module.parameters())
    if (parameter.requires_grad()) {
      frozen_.push_back(parameter);
      parameter.requires_grad_(false);
    }
}

FrozenWeights::~FrozenWeights() {
  for (const Tensor& parameter : frozen_) parameter.requires_grad_(true);
}

}  // namespace cspgan
