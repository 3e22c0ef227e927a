// The policies that a recipe can name.
#pragma once

#include "cspgan/core/registry.hpp"
#include "cspgan/policies/any_policy.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// All policies of the library; a program adds its own: `auto known = policies(); known.add<MyPolicy>();`
const Registry<AnyPolicy>& policies();

}  // namespace cspgan
