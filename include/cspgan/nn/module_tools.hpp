// Small things done to whole modules: counting, layout, printing, and the words of a shape error.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/value.hpp"

namespace torch::nn {
class Module;
}

namespace [[gnu::visibility("default")]] cspgan {

/// Numbers that an optimizer would change.
std::int64_t parameter_count(const torch::nn::Module& module);

/// All parameters and buffers.
std::vector<at::Tensor> tensors_of(const torch::nn::Module& module);

/// Stores every 4-D parameter as channels_last (NHWC): the convolutions, and all that follows them, then compute in
/// that layout, which is 5 to 30 % faster on a CPU. Results agree to rounding.
void use_channels_last(torch::nn::Module& module);

/// "name(key=value, ...)", the fields in their order.
void print_options(std::ostream& stream, std::string_view name, const Value& options);

/// "[8, 3, 64, 64]"
std::string shape_text(at::IntArrayRef shape);

/// Throws Error: "<what>: expected <expected>, found <shape of found>".
[[noreturn]] void fail_shape(std::string_view what, std::string_view expected, const at::Tensor& found);

}  // namespace cspgan
