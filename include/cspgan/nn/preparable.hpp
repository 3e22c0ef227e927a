// Preparing a module for inference, once its weights are final.
#pragma once

namespace [[gnu::visibility("default")]] cspgan {

/// Base of modules that can compute faster once their weights are final. A Sampler prepares every such module of its
/// copy, parents first, so that a norm is folded into its convolution before the convolution packs its weight.
class Preparable {
 public:
  /// Makes forward() faster. The output stays that of evaluation mode, to rounding. This cannot be undone: a prepared
  /// module must not be trained or cloned, and its options still describe it as it was constructed.
  virtual void prepare_for_inference() = 0;

 protected:
  ~Preparable() = default;
};

}  // namespace cspgan
