// A generator as it is shipped: nothing but the arithmetic that makes images.
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

/// A deep copy of a network in evaluation mode, channels_last, without gradients, its Preparable modules prepared; on
/// `device`, or where the network is.
std::shared_ptr<torch::nn::Module> inference_copy(const torch::nn::Module& network, std::optional<at::Device> device);

}  // namespace detail

/// Draws images from a copy of a generator: its batch norms are folded into its convolutions, its spectral norms into
/// their weights, and no call records gradients or changes anything. So any number of threads may share a Sampler, and
/// nothing that happens to the generator afterwards reaches it. Copies of a Sampler share their weights.
class Sampler {
 public:
  /// Takes a Generator, a BasicGenerator, or the holder of any module that derives from torch::nn::Cloneable of its own
  /// type, has forward(latents [N, Z]) -> images, and latent_size() -> Z. What it holds that is not Preparable, such as
  /// blocks of one's own, computes as in evaluation mode. `device`: none for that of the network.
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

  /// Latents [N, latent_size()], on any device -> images [N, C, H, W] on device(): the generator's in evaluation mode,
  /// to rounding; a tensor like any other, without a gradient. Throws Error for latents of another shape.
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
