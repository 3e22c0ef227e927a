// The directions of the latents that change a generator's images most, from its weights alone.
#pragma once

#include <torch/nn/module.h>

#include <cstdint>

#include "cspgan/core/tensor.hpp"
#include "cspgan/models/generator.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Directions of the latents, the strongest first.
struct LatentDirections {
  Tensor directions;  // float32 [K, Z]: orthogonal unit vectors; of each, the entry of largest magnitude is positive
  Tensor strengths;   // float32 [K]: how far the stem's output moves, by its Euclidean norm, for a step of length 1
};

namespace detail {

/// The weight of the first layers that latents meet, float64 [outputs, Z]. Throws Error if the stem is none of the
/// library's.
Tensor stem_weight(const torch::nn::Module& generator, std::int64_t latent_size);
LatentDirections main_directions(const torch::nn::Module& generator, std::int64_t latent_size, std::int64_t count);

}  // namespace detail

/// SeFa (Shen and Zhou 2021, "Closed-Form Factorization of Latent Semantics in GANs"): the eigenvectors of W^T W of the
/// largest eigenvalues, which are the squares of the strengths. W is the weight of the stem's convolution, with batch
/// and spectral norms folded into it as in a Sampler; if the stem is a CSPup block, of the first convolutions that the
/// latents reach: one on each half of them, or the two projections. Takes all directions if `count` is 0. Throws
/// OptionError for a count outside [0, Z], and Error for a stem that is a block of your own.
template <class Block>
LatentDirections main_directions(const BasicGenerator<Block>& generator, std::int64_t count = 0) {
  return detail::main_directions(*generator, generator->latent_size(), count);
}

}  // namespace cspgan
