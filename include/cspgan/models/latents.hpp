// The latents of numbered images: image k of a seed is the same in every program and for every count.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The largest number of images that one call of a program samples or measures.
inline constexpr std::int64_t most_images = 10'000'000;

/// Latents `first`, ..., `first + count - 1` of a seed: standard normal, float32 [count, size]. Each latent depends
/// only on (seed, index).
Tensor indexed_latents(std::uint64_t seed, std::int64_t first, std::int64_t count, std::int64_t size);

/// Numbered latents, of which each can be had without those before it.
struct LatentSequence {
  std::function<Tensor(std::int64_t first, std::int64_t count)> draw;  // float32 [count, Z]
  std::function<std::string(std::int64_t number)> name;                // of a picture
  std::optional<std::int64_t> count = {};                              // of all latents; nullopt if there is no end
};

/// Those of a seed, from number `first` on. The pictures' names count from there: "sample-000012".
LatentSequence latents_of_seed(std::uint64_t seed, std::int64_t size, std::int64_t first = 0);
/// The first of each seed: "seed-17".
LatentSequence latents_of_seeds(std::vector<std::uint64_t> seeds, std::int64_t size);
/// The rows of float32 [N, Z]: "sample-000000", ....
LatentSequence latents_of_rows(Tensor rows);
/// Each latent times `factor`, which makes images more typical and more alike if it is below 1 (truncation).
LatentSequence scaled(LatentSequence latents, double factor);

}  // namespace cspgan
