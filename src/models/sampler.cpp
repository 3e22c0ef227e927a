// Preparing a network for inference, and running it.
#include "cspgan/models/sampler.hpp"

#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>

#include <string>
#include <vector>

#include "cspgan/core/shapes.hpp"
#include "cspgan/nn/module_tools.hpp"
#include "cspgan/nn/preparable.hpp"

namespace cspgan {

std::shared_ptr<torch::nn::Module> detail::inference_copy(const torch::nn::Module& network,
                                                          std::optional<at::Device> device) {
  const c10::InferenceMode ordinary_tensors(false);  // in the caller's inference mode, weights could not be set
  const c10::AutoGradMode no_graph(false);
  auto copy = network.clone(device);
  copy->eval();
  for (Tensor& parameter : copy->parameters()) parameter.requires_grad_(false);
  use_channels_last(*copy);
  for (const auto& module : copy->modules())
    if (auto* const preparable = dynamic_cast<Preparable*>(module.get())) preparable->prepare_for_inference();
  return copy;
}

at::Device Sampler::device_of(const torch::nn::Module& network) {
  const std::vector<Tensor> parameters = network.parameters();
  return parameters.empty() ? at::Device(at::kCPU) : parameters.front().device();
}

Tensor Sampler::operator()(const Tensor& latents) const {
  if (latents.dim() != 2 || latents.size(1) != latent_size_)
    fail_shape("sampler: latents", "[N, " + std::to_string(latent_size_) + "]", latents);
  // Not inference mode: it saves no measurable time, and its images could not be changed in place.
  const c10::AutoGradMode no_graph(false);
  return forward_(latents.to(device_));
}

}  // namespace cspgan
