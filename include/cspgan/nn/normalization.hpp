// Batch norm or group norm behind one name, so that a block can choose at run time.
#pragma once

#include <torch/nn/cloneable.h>

#include <cstdint>
#include <iosfwd>
#include <utility>

#include "cspgan/core/tensor.hpp"
#include "cspgan/nn/holder.hpp"
#include "cspgan/nn/kinds.hpp"

namespace [[gnu::visibility("default")]] cspgan {

struct NormalizationOptions {
  std::int64_t channels = 0;
  Norm norm = Norm::batch;  // not none: then there is nothing to make

  static void describe(auto&& self, auto&& field) {
    field("channels", self.channels, "channels of the input");
    field("norm", self.norm, "kind of normalization: batch or group");
  }
  void validate() const;

  friend bool operator==(const NormalizationOptions&, const NormalizationOptions&) = default;
};

/// [N, C, H, W] -> the same shape. Parameters weight [C] and bias [C]; batch norm has the buffers running_mean [C] and
/// running_var [C], which training updates and evaluation uses. Throws Error for a training batch with a single value
/// a channel, whose variance does not exist.
class NormalizationImpl : public torch::nn::Cloneable<NormalizationImpl> {
 public:
  using Options = NormalizationOptions;

  explicit NormalizationImpl(const NormalizationOptions& options);

  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  /// The activation is computed with the norm, which saves a walk through memory.
  Tensor forward(const Tensor& input, Activation activation = Activation::none);

  /// Batch norm in evaluation mode is scale * input + shift: these two, [C], in float64. Only for batch norm.
  std::pair<Tensor, Tensor> scale_and_shift() const;

  NormalizationOptions options;
  Tensor weight;
  Tensor bias;
  Tensor running_mean;  // batch norm only, as running_var
  Tensor running_var;
};

class Normalization : public OptionsHolder<NormalizationImpl> {
 public:
  using OptionsHolder<NormalizationImpl>::OptionsHolder;
};

}  // namespace cspgan
