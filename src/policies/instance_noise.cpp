// Instance noise and its linear decay.
#include "cspgan/policies/instance_noise.hpp"

#include <algorithm>

#include "core/checks.hpp"

namespace cspgan {

double InstanceNoise::sigma_at(double kimg) const {
  return until_kimg ? sigma * std::max(0.0, 1 - kimg / *until_kimg) : sigma;
}

Tensor InstanceNoise::edit_images(Tensor images, StepContext& step) const {
  const double now = sigma_at(step.kimg());
  return now > 0 ? images.add(step.normal_like(images), now) : images;
}

void InstanceNoise::validate() const {
  detail::require_not_negative(sigma, "instance_noise: sigma");
  if (until_kimg) detail::require_positive(*until_kimg, "instance_noise: until_kimg");
}

}  // namespace cspgan
