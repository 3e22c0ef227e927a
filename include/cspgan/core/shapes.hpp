// Tensors in words, for messages.
#pragma once

#include <string>
#include <string_view>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// "[8, 3, 64, 64]".
std::string shape_text(at::IntArrayRef shape);

/// "[8, 3, 64, 64]", or "(undefined)".
std::string shape_text(const Tensor& tensor);

/// "float32 [8, 3, 64, 64]", with PyTorch's name of the type, or "an undefined tensor".
std::string describe_tensor(const Tensor& tensor);

/// Throws Error: "<what>: expected <expected>, found <shape of found>".
[[noreturn]] void fail_shape(std::string_view what, std::string_view expected, const Tensor& found);

}  // namespace cspgan
