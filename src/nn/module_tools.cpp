// Counting, layout, printing.
#include "cspgan/nn/module_tools.hpp"

#include <ATen/ops/empty_like.h>
#include <torch/nn/module.h>

#include <ostream>

#include "cspgan/core/tensor.hpp"

namespace cspgan {

std::int64_t parameter_count(const torch::nn::Module& module) {
  std::int64_t count = 0;
  for (const auto& parameter : module.parameters())
    if (parameter.requires_grad()) count += parameter.numel();
  return count;
}

std::vector<at::Tensor> tensors_of(const torch::nn::Module& module) {
  std::vector<at::Tensor> tensors = module.parameters();
  for (const at::Tensor& buffer : module.buffers()) tensors.push_back(buffer);
  return tensors;
}

void use_channels_last(torch::nn::Module& module) {
  const torch::NoGradGuard no_gradients;
  for (auto& parameter : module.parameters()) {
    if (parameter.dim() != 4) continue;
    // Not contiguous(): for a 1x1 kernel it would keep strides that LibTorch takes for NCHW.
    Tensor stored = at::empty_like(parameter, parameter.options().memory_format(at::MemoryFormat::ChannelsLast));
    parameter.set_data(stored.copy_(parameter));
  }
}

void print_options(std::ostream& stream, std::string_view name, const Value& options) {
  stream << name << '(';
  const char* separator = "";
  for (const auto& [key, value] : options.object()) {
    stream << separator << key << '=' << (value.is_string() ? value.string() : to_json(value));
    separator = ", ";
  }
  stream << ')';
}

}  // namespace cspgan
