// Instance noise: decaying noise on all images that the discriminator sees.
#pragma once

#include <cstdint>
#include <string_view>

#include "cspgan/policies/step_context.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Normal noise on all images that the discriminator sees, real and fake (Sonderby et al. 2017; Arjovsky and Bottou
/// 2017, section 3). Images are in [-1, 1]. The standard deviation falls linearly from `sigma` to 0 at `until_kimg`; it
/// stays constant if until_kimg is none. validate() throws OptionError, naming the field, if a value is out of range.
struct InstanceNoise {
  static constexpr std::string_view name = "instance_noise";
  static constexpr std::string_view summary = "normal noise on all images that the discriminator sees";
  double sigma = 0.1;
  std::optional<double> until_kimg{};

  Tensor edit_images(Tensor images, StepContext& step) const;
  /// The standard deviation after `kimg` thousand images.
  double sigma_at(double kimg) const;

  static void describe(auto&& self, auto&& field) {
    field("sigma", self.sigma, "standard deviation of the noise at the start, >= 0; images are in [-1, 1]");
    field("until_kimg", self.until_kimg,
          "thousands of images over which sigma falls linearly to 0, > 0; none: sigma stays constant");
  }
  void validate() const;
  friend bool operator==(const InstanceNoise&, const InstanceNoise&) = default;
};

}  // namespace cspgan
