// The list of all losses of the library.
#include "cspgan/losses/registry.hpp"

#include "cspgan/losses/losses.hpp"

namespace cspgan {

const Registry<AnyLoss>& losses() {
  static const Registry<AnyLoss> registry = [] {
    Registry<AnyLoss> all("loss");
    all.add<NonSaturatingLoss>()
        .add<SaturatingLoss>()
        .add<LeastSquaresLoss>()
        .add<HingeLoss>()
        .add<WassersteinLoss>()
        .add<RelativisticPairingLoss>();
    return all;
  }();
  return registry;
}

}  // namespace cspgan
