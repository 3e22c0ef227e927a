// The tensor type of the library: LibTorch's, through its narrowest header.
#pragma once

#include <ATen/core/Tensor.h>

namespace cspgan {

using Tensor = at::Tensor;

}  // namespace cspgan
