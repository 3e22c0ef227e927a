// Small tools for whole modules: parameter count, memory layout, and printing.
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

/// The number of trainable values: elements of all parameters, buffers not included.
std::int64_t parameter_count(const torch::nn::Module& module);

/// All parameters and buffers of the module and its children.
std::vector<at::Tensor> tensors_of(const torch::nn::Module& module);

/// Stores every 4-D parameter as channels_last (NHWC). Convolutions and the layers after them then compute in that
/// layout, which is 5 to 30 % faster on a CPU. Results agree to rounding.
void use_channels_last(torch::nn::Module& module);

/// Prints "name(key=value, ...)" with the fields in order.
void print_options(std::ostream& stream, std::string_view name, const Value& options);

}  // namespace cspgan
