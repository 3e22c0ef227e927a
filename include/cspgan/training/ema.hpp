// The exponential moving average of a generator's weights.
#pragma once

#include <torch/nn/module.h>

#include <cstdint>

#include "cspgan/core/options.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Options of the EMA. Its half-life is in images, not steps, so that the batch size does not matter (Karras et al.
/// 2020, StyleGAN2-ADA). validate() throws OptionError if a value is negative or not finite.
struct EmaOptions {
  double half_life_kimg = 0.5;  // 0: the EMA is a copy of the current weights
  double ramp_up = 0.05;        // the half-life is at most this share of the images shown so far; 0: no ramp

  static void describe(auto&& self, auto&& field) {
    field("half_life_kimg", self.half_life_kimg,
          "thousands of images after which the influence of a weight has halved, >= 0; 0: no averaging");
    field("ramp_up", self.ramp_up,
          "upper limit of the half-life as a share of the images shown so far, >= 0; 0: no limit");
  }
  void validate() const;
  /// The share of the old EMA, in [0, 1], that stays after a step of `batch` images if `images` were shown before.
  double decay(std::int64_t images, std::int64_t batch) const;
  friend bool operator==(const EmaOptions&, const EmaOptions&) = default;
};

/// average = decay * average + (1 - decay) * module, for all weights and for the running statistics of batch norms,
/// since the statistics of the last step belong to other weights and cost sharpness and color. The singular vectors of
/// spectral norms belong to the EMA weights and get one more power iteration. Other buffers are copied; with a decay of
/// 0 the EMA is an exact copy. The two modules must have the same structure.
void update_ema(torch::nn::Module& average, const torch::nn::Module& module, double decay);

}  // namespace cspgan
