// Gaussian noise on feature maps, as system C adds it before the convolutions of both networks (docs/references.md).
#pragma once

#include <ATen/core/Generator.h>
#include <torch/nn/cloneable.h>

#include <iosfwd>
#include <optional>

#include "cspgan/core/tensor.hpp"
#include "cspgan/nn/holder.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Options of a GaussianNoise layer. validate() throws OptionError, naming the field, if a value is out of range.
struct GaussianNoiseOptions {
  double sigma = 0.1;  // standard deviation, >= 0

  static void describe(auto&& self, auto&& field) {
    field("sigma", self.sigma, "standard deviation of the noise, >= 0");
  }
  void validate() const;

  friend bool operator==(const GaussianNoiseOptions&, const GaussianNoiseOptions&) = default;
};

/// Maps x, of any shape, to x + sigma * N(0, 1) in training mode and to x in evaluation mode. The noise does not depend
/// on the memory layout of x.
class GaussianNoiseImpl : public torch::nn::Cloneable<GaussianNoiseImpl> {
 public:
  using Options = GaussianNoiseOptions;

  explicit GaussianNoiseImpl(const GaussianNoiseOptions& options);

  void reset() override {}
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  GaussianNoiseOptions options;
  std::optional<at::Generator> generator;  // none: LibTorch's default generator of the input's device
};

/// Holder of a GaussianNoiseImpl.
class GaussianNoise : public OptionsHolder<GaussianNoiseImpl> {
 public:
  using OptionsHolder<GaussianNoiseImpl>::OptionsHolder;
};

/// Makes every noise layer of `module` draw from `generator`, which must belong to the device that the module runs on.
/// The generator is shared, not copied, so its owner can save and restore its state. Later clones of the module share
/// it too.
void set_noise_generator(torch::nn::Module& module, const at::Generator& generator);

}  // namespace cspgan
