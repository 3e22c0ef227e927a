// The EMA by one foreach kernel, and the singular vectors of the EMA weights.
#include "cspgan/training/ema.hpp"

#include <ATen/ops/_foreach_lerp.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/checks.hpp"
#include "cspgan/nn/spectral_norm.hpp"

namespace cspgan {

namespace {

struct NormalizedWeight {
  at::Tensor weight;
  SpectralNormImpl* norm;
};

/// The weights of a network that have a spectral norm.
std::vector<NormalizedWeight> normalized_weights(const torch::nn::Module& network) {
  std::vector<NormalizedWeight> found;
  for (const auto& module : network.modules())
    for (const auto& child : module->children()) {
      auto* const norm = child->as<SpectralNormImpl>();
      if (norm == nullptr) continue;
      const auto parameters = module->named_parameters(/*recurse=*/false);
      if (const at::Tensor* const weight = parameters.find("weight")) found.push_back({*weight, norm});
    }
  return found;
}

bool is_estimate(const at::Tensor& buffer, const std::vector<NormalizedWeight>& normalized) {
  return std::any_of(normalized.begin(), normalized.end(), [&](const NormalizedWeight& one) {
    return buffer.is_same(one.norm->u) || buffer.is_same(one.norm->v);
  });
}

}  // namespace

void EmaOptions::validate() const {
  detail::require_not_negative(half_life_kimg, "ema: half_life_kimg");
  detail::require_not_negative(ramp_up, "ema: ramp_up");
}

double EmaOptions::decay(std::int64_t images, std::int64_t batch) const {
  double half_life = half_life_kimg * 1000;
  if (ramp_up > 0) half_life = std::min(half_life, static_cast<double>(images) * ramp_up);
  return half_life > 0 ? std::pow(0.5, static_cast<double>(batch) / half_life) : 0;
}

void update_ema(torch::nn::Module& average, const torch::nn::Module& module, double decay) {
  const c10::AutoGradMode no_graph(false);
  std::vector<at::Tensor> averaged = average.parameters();
  std::vector<at::Tensor> current = module.parameters();
  const std::vector<NormalizedWeight> normalized =
      decay > 0 ? normalized_weights(average) : std::vector<NormalizedWeight>();
  const auto copies = average.named_buffers();
  for (const auto& item : module.named_buffers()) {
    const bool statistics = item.key().ends_with("running_mean") || item.key().ends_with("running_var");
    at::Tensor copy = copies[item.key()];
    if (statistics) {
      averaged.push_back(copy);
      current.push_back(item.value());
    } else if (!is_estimate(copy, normalized)) {
      copy.copy_(item.value());
    }
  }
  at::_foreach_lerp_(averaged, current, 1 - decay);
  for (const auto& [weight, norm] : normalized) norm->approach(weight);
}

}  // namespace cspgan
