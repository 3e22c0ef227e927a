// Weight averaging by one foreach kernel.
#include "cspgan/training/average.hpp"

#include <ATen/ops/_foreach_lerp.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace cspgan {

void AverageOptions::validate() const {
  const auto require_length = [](double value, const std::string& option) {
    if (!(value >= 0) || !std::isfinite(value))
      throw OptionError("average: " + option + " must be finite and >= 0, not " + std::to_string(value));
  };
  require_length(half_life_kimg, "half_life_kimg");
  require_length(ramp_up, "ramp_up");
}

double AverageOptions::decay(std::int64_t images, std::int64_t batch) const {
  double half_life = half_life_kimg * 1000;
  if (ramp_up > 0) half_life = std::min(half_life, static_cast<double>(images) * ramp_up);
  return half_life > 0 ? std::pow(0.5, static_cast<double>(batch) / half_life) : 0;
}

void update_average(torch::nn::Module& average, const torch::nn::Module& module, double decay) {
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
