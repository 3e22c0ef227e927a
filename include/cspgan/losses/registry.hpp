// The losses that a recipe can choose by name.
#pragma once

#include "cspgan/core/registry.hpp"
#include "cspgan/losses/any_loss.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// All losses of the library. A program adds its own like this: `auto known = losses(); known.add<MyLoss>();`
const Registry<AnyLoss>& losses();

}  // namespace cspgan
