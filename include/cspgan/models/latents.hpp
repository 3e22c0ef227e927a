// The latents of numbered images: image k of a seed is the same in every program and for every count.
#pragma once

#include <cstdint>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The largest number of images that one call of a program samples or measures.
inline constexpr std::int64_t most_images = 10'000'000;

/// Latents `first`, ..., `first + count - 1` of a seed: standard normal, float32 [count, size]. Each latent depends
/// only on (seed, index).
Tensor indexed_latents(std::uint64_t seed, std::int64_t first, std::int64_t count, std::int64_t size);

}  // namespace cspgan
