// Shapes in words, for messages.
#pragma once

#include <c10/util/StringUtil.h>

#include <string>

#include "cspgan/core/tensor.hpp"

namespace cspgan::detail {

/// "[8, 3, 4, 4]", or "(undefined)".
inline std::string shape(const Tensor& tensor) { return tensor.defined() ? c10::str(tensor.sizes()) : "(undefined)"; }

}  // namespace cspgan::detail
