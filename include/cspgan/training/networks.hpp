// What the Trainer requires of its networks, which are LibTorch module holders (or shared pointers) from anywhere.
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>

#include "cspgan/core/error.hpp"
#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// generator->forward(latents [N, Z]) -> images [N, C, H, W] in [-1, 1]; generator->latent_size() -> Z.
template <class G>
concept GeneratorNetwork = requires(G& generator, const Tensor& latents) {
  { generator->forward(latents) } -> std::convertible_to<Tensor>;
  { generator->latent_size() } -> std::convertible_to<std::int64_t>;
  generator->parameters();
  generator->clone();
};

/// discriminator->forward(images [N, C, H, W]) -> logits [N].
template <class D>
concept DiscriminatorNetwork = requires(D& discriminator, const Tensor& images) {
  { discriminator->forward(images) } -> std::convertible_to<Tensor>;
  discriminator->parameters();
};

/// A deep copy of a network, with the same holder type. Throws Error if the module does not derive from
/// torch::nn::Cloneable of its own type.
template <class Network>
Network copy_network(const Network& network) {
  using Implementation = std::remove_cvref_t<decltype(*network)>;
  auto copy = std::dynamic_pointer_cast<Implementation>(network->clone());
  if (copy == nullptr)
    throw Error("a network that is to be averaged must derive from torch::nn::Cloneable of its own type");
  return Network(std::move(copy));
}

}  // namespace cspgan
