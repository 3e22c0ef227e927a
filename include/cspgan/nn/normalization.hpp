// Batch norm or group norm in one module, so that a block can choose at run time.
#pragma once

#include <torch/nn/cloneable.h>

#include <cstdint>
#include <iosfwd>
#include <utility>

#include "cspgan/core/tensor.hpp"
#include "cspgan/nn/holder.hpp"
#include "cspgan/nn/kinds.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Options of a Normalization. validate() throws OptionError, naming the field, if a value is out of range.
struct NormalizationOptions {
  std::int64_t channels = 0;
  Norm norm = Norm::batch;  // batch or group; none is an error

  static void describe(auto&& self, auto&& field) {
    field("channels", self.channels, "channels of the input");
    field("norm", self.norm, "kind of normalization: batch or group");
  }
  void validate() const;

  friend bool operator==(const NormalizationOptions&, const NormalizationOptions&) = default;
};

/// Maps [N, C, H, W] to the same shape. Parameters: weight [C] and bias [C]. Batch norm also has the buffers
/// running_mean [C] and running_var [C], which training updates and evaluation uses; in training it throws Error if the
/// batch has a single value per channel, which has no variance.
class NormalizationImpl : public torch::nn::Cloneable<NormalizationImpl> {
 public:
  using Options = NormalizationOptions;

  explicit NormalizationImpl(const NormalizationOptions& options);

  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  /// Fuses the activation with the norm, which saves a pass through memory.
  Tensor forward(const Tensor& input, Activation activation = Activation::none);

  /// The pair {scale, shift}, float64 [C], with which batch norm in evaluation mode is scale * input + shift. Only for
  /// batch norm.
  std::pair<Tensor, Tensor> scale_and_shift() const;

  /// The number of groups of a group norm.
  std::int64_t groups() const;

  NormalizationOptions options;
  Tensor weight;
  Tensor bias;
  Tensor running_mean;  // batch norm only, like running_var
  Tensor running_var;
};

/// Holder of a NormalizationImpl.
class Normalization : public OptionsHolder<NormalizationImpl> {
 public:
  using OptionsHolder<NormalizationImpl>::OptionsHolder;
};

}  // namespace cspgan
