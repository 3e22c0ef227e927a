// Weight averaging by one foreach kernel.
#include "cspgan/training/ema.hpp"

#include <ATen/ops/_foreach_lerp.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

namespace cspgan {

void EmaOptions::validate() const {
  if (!(half_life_kimg >= 0))
    throw OptionError("ema: half_life_kimg must be >= 0, not " + std::to_string(half_life_kimg));
  if (!(ramp_up >= 0)) throw OptionError("ema: ramp_up must be >= 0, not " + std::to_string(ramp_up));
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
  const auto copies = average.named_buffers();
  for (const auto& item : module.named_buffers()) {
    const bool statistics = item.key().ends_with("running_mean") || item.key().ends_with("running_var");
    at::Tensor copy = copies[item.key()];
    if (statistics) {
      averaged.push_back(copy);
      current.push_back(item.value());
    } else {
      copy.copy_(item.value());
    }
  }
  at::_foreach_lerp_(averaged, current, 1 - decay);
}

}  // namespace cspgan
