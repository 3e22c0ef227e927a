// Noise layers and the generator that they draw from.
#include "cspgan/nn/gaussian_noise.hpp"

#include <ATen/ops/empty.h>

#include <ostream>

#include "core/checks.hpp"
#include "cspgan/core/options.hpp"
#include "cspgan/nn/module_tools.hpp"

namespace cspgan {

void GaussianNoiseOptions::validate() const { detail::require_not_negative(sigma, "GaussianNoise: sigma"); }

GaussianNoiseImpl::GaussianNoiseImpl(const GaussianNoiseOptions& given) : options(given) { options.validate(); }

void GaussianNoiseImpl::pretty_print(std::ostream& stream) const {
  print_options(stream, "GaussianNoise", to_value(options));
}

Tensor GaussianNoiseImpl::forward(const Tensor& input) {
  if (!is_training() || options.sigma == 0) return input;
  // Drawn in index order, whatever the memory layout of the input, so that NCHW and NHWC see the same noise.
  Tensor noise = at::empty(input.sizes(), input.options().memory_format(at::MemoryFormat::Contiguous));
  return input + noise.normal_(0, options.sigma, generator);
}

void set_noise_generator(torch::nn::Module& module, const at::Generator& generator) {
  module.apply([&generator](torch::nn::Module& child) {
    if (auto* noise = child.as<GaussianNoiseImpl>()) noise->generator = generator;
  });
}

}  // namespace cspgan
