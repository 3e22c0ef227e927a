// Noise on feature maps, as R3 puts it before the convolutions of both networks.
#pragma once

#include <ATen/core/Generator.h>
#include <torch/nn/cloneable.h>

#include <iosfwd>
#include <optional>

#include "cspgan/core/tensor.hpp"
#include "cspgan/nn/holder.hpp"

namespace [[gnu::visibility("default")]] cspgan {

struct GaussianNoiseOptions {
  double sigma = 0.1;  // standard deviation, >= 0

  static void describe(auto&& self, auto&& field) {
    field("sigma", self.sigma, "standard deviation of the noise, >= 0");
  }
  void validate() const;

  friend bool operator==(const GaussianNoiseOptions&, const GaussianNoiseOptions&) = default;
};

/// x + sigma * N(0, 1) in training mode, x in evaluation mode. The noise does not depend on the memory layout of x.
class GaussianNoiseImpl : public torch::nn::Cloneable<GaussianNoiseImpl> {
 public:
  using Options = GaussianNoiseOptions;

  explicit GaussianNoiseImpl(const GaussianNoiseOptions& options);

  void reset() override {}
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  GaussianNoiseOptions options;
  std::optional<at::Generator> generator;  // none: LibTorch's default one of the input's device
};

class GaussianNoise : public OptionsHolder<GaussianNoiseImpl> {
 public:
  using OptionsHolder<GaussianNoiseImpl>::OptionsHolder;
};

/// Lets every noise layer of `module` draw from `generator`, which must be of the device that the module runs on. It is
/// shared, not copied: whoever owns it can save and restore its state. A clone made afterwards shares it, too.
void set_noise_generator(torch::nn::Module& module, const at::Generator& generator);

}  // namespace cspgan
