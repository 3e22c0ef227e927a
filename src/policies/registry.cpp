// The list of all policies of the library.
#include "cspgan/policies/registry.hpp"

#include "cspgan/policies/adaptive_pseudo_augmentation.hpp"
#include "cspgan/policies/differentiable_augmentation.hpp"
#include "cspgan/policies/gradient_penalties.hpp"
#include "cspgan/policies/instance_noise.hpp"
#include "cspgan/policies/labels.hpp"
#include "cspgan/policies/lecam.hpp"
#include "cspgan/policies/replay_buffer.hpp"

namespace cspgan {

const Registry<AnyPolicy>& policies() {
  static const Registry<AnyPolicy> registry = [] {
    Registry<AnyPolicy> all("policy");
    all.add<SoftLabels>()
        .add<LabelSmoothing>()
        .add<LabelFlips>()
        .add<RealShownAsFake>()
        .add<LabelNoise>()
        .add<InstanceNoise>()
        .add<GradientPenalty>()
        .add<R1>()
        .add<R2>()
        .add<LeCam>()
        .add<ReplayBuffer>()
        .add<DifferentiableAugmentation>()
        .add<AdaptivePseudoAugmentation>();
    return all;
  }();
  return registry;
}

}  // namespace cspgan
