// The tensor type of the library: LibTorch's, through its narrowest header.
#pragma once

#include <ATen/core/Tensor.h>

namespace [[gnu::visibility("default")]] cspgan {

using Tensor = at::Tensor;

}  // namespace cspgan
