// A generator for deployment: inference only.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "cspgan/core/error.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/nn/concepts.hpp"

namespace [[gnu::visibility("default")]] cspgan {

namespace detail {

/// A deep copy of a network in evaluation mode, channels_last, without gradients, with its Preparable modules prepared.
/// It is on `device`, or on the device of the network if none is given.
std::shared_ptr<torch::nn::Module> inference_copy(const torch::nn::Module& network, std::optional<at::Device> device);

}  // namespace detail

/// Samples images from its own copy of a generator. Batch norms are folded into the convolutions and spectral norms
/// into the weights, and no call records gradients or changes any state, so any number of threads may share a Sampler.
/// Later changes of the generator do not affect it. Copies of a Sampler share their weights.
///
/// On a CPU, each thread that calls a Sampler keeps a workspace of the kernels, some tens of MiB, until the thread
/// ends. A server should therefore call it from a small, fixed pool of threads.
class Sampler {
 public:
  /// Takes a Generator, a BasicGenerator, or the holder of any module that derives from torch::nn::Cloneable of its own
  /// type and has forward(latents [N, Z]) -> images and latent_size() -> Z. Submodules that are not Preparable, such as
  /// your own blocks, compute as in evaluation mode. Without a `device`, the copy stays on the device of the network.
  /// Throws Error if the module is not Cloneable.
  template <class Network>
  requires detail::MapsTensors<torch::nn::ModuleHolder<Network>> && requires(Network& network) {
    { network.latent_size() } -> std::convertible_to<std::int64_t>;
  }
  explicit Sampler(torch::nn::ModuleHolder<Network> network, std::optional<at::Device> device = std::nullopt)
      : latent_size_(network->latent_size()) {
    auto copy = std::dynamic_pointer_cast<Network>(detail::inference_copy(*network, device));
    if (copy == nullptr) throw Error("a network to sample from must derive from torch::nn::Cloneable of its own type");
    device_ = device_of(*copy);
    forward_ = [copy = std::move(copy)](const Tensor& latents) -> Tensor { return copy->forward(latents); };
  }

  /// Maps latents [N, latent_size()] on any device to images [N, C, H, W] on device(). They equal those of the
  /// generator in evaluation mode, to rounding, and have no gradient. Throws Error for latents of another shape.
  Tensor operator()(const Tensor& latents) const;

  std::int64_t latent_size() const { return latent_size_; }
  at::Device device() const { return device_; }

 private:
  static at::Device device_of(const torch::nn::Module& network);

  std::int64_t latent_size_;
  at::Device device_ = at::kCPU;
  std::function<Tensor(const Tensor&)> forward_;
};

}  // namespace cspgan
