// The policies that a recipe can choose by name.
#pragma once

#include "cspgan/core/registry.hpp"
#include "cspgan/policies/any_policy.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// All policies of the library. A program adds its own like this: `auto known = policies(); known.add<MyPolicy>();`
const Registry<AnyPolicy>& policies();

}  // namespace cspgan
