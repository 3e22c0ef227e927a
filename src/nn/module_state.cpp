// Module weights to and from named state.
#include "cspgan/nn/module_state.hpp"

#include "cspgan/core/error.hpp"
#include "cspgan/core/shapes.hpp"

#include <c10/core/GradMode.h>
#include <fmt/format.h>

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
