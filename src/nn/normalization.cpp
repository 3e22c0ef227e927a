// Batch norm and group norm.
#include "cspgan/nn/normalization.hpp"

#include <ATen/ops/group_norm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <numeric>
#include <ostream>

#include "core/checks.hpp"
#include "cspgan/core/shapes.hpp"
#include "cspgan/nn/module_tools.hpp"
#include "kernels/tensors/normalization.hpp"

namespace cspgan {
namespace {

constexpr double epsilon = 1e-5;
constexpr double momentum = 0.1;

/// At most 32 groups, each of at least 8 channels, so that a 1x1 map is still normalized over several values.
std::int64_t group_count(std::int64_t channels) {
  return std::gcd(std::gcd(std::int64_t{32}, channels), std::max<std::int64_t>(channels / 8, 1));
}

}  // namespace

void NormalizationOptions::validate() const {
  if (norm == Norm::none) throw OptionError("Normalization: norm is none, so there is nothing to make");
}

NormalizationImpl::NormalizationImpl(const NormalizationOptions& given) : options(given) { reset(); }

void NormalizationImpl::reset() {
  options.validate();
  detail::require_at_least(options.channels, 1, "Normalization: channels");
  weight = register_parameter("weight", at::ones({options.channels}));
  bias = register_parameter("bias", at::zeros({options.channels}));
  if (options.norm == Norm::batch) {
    running_mean = register_buffer("running_mean", at::zeros({options.channels}));
    running_var = register_buffer("running_var", at::ones({options.channels}));
  }
}

void NormalizationImpl::pretty_print(std::ostream& stream) const {
  print_options(stream, "Normalization", to_value(options));
}

Tensor NormalizationImpl::forward(const Tensor& input, Activation activation) {
  if (options.norm == Norm::group)
    return activate_in_place(at::group_norm(input, groups(), weight, bias, epsilon), activation);
  if (is_training() && input.numel() == options.channels)
    fail_shape("batch norm in training", "more than one value for each channel (a larger batch)", input);
  return kernels::batch_norm(input, weight, bias, {running_mean, running_var, is_training(), momentum, epsilon},
                             negative_slope(activation));
}

std::int64_t NormalizationImpl::groups() const { return group_count(options.channels); }

std::pair<Tensor, Tensor> NormalizationImpl::scale_and_shift() const {
  const Tensor scale = weight.to(at::kDouble) / (running_var.to(at::kDouble) + epsilon).sqrt();
  return {scale, bias.to(at::kDouble) - scale * running_mean.to(at::kDouble)};
}

}  // namespace cspgan
