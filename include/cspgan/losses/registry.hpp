// The losses that a recipe can name.
#pragma once

#include "cspgan/core/registry.hpp"
#include "cspgan/losses/any_loss.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// All losses of the library; a program adds its own: `auto known = losses(); known.add<MyLoss>();`
const Registry<AnyLoss>& losses();

}  // namespace cspgan
