// Describes tensors in messages about a wrong shape or type.
#pragma once

#include <sstream>
#include <string>

#include "cspgan/core/tensor.hpp"

namespace cspgan {

/// "float [8, 3, 64, 64]", or "an undefined tensor".
inline std::string describe_tensor(const Tensor& tensor) {
  if (!tensor.defined()) return "an undefined tensor";
  std::ostringstream text;
  text << tensor.scalar_type() << ' ' << tensor.sizes();
  return text.str();
}

}  // namespace cspgan
