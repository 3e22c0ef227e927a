// Draws numbered latents.
#include "cspgan/models/latents.hpp"

#include <ATen/ops/empty.h>

#include "cspgan/core/random.hpp"

namespace cspgan {

Tensor indexed_latents(std::uint64_t seed, std::int64_t first, std::int64_t count, std::int64_t size) {
  Tensor latents = at::empty({count, size});
  auto* const values = latents.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < count; ++i) {
    HostRandom random({seed, static_cast<std::uint64_t>(first + i)});
    for (std::int64_t j = 0; j < size; ++j) values[i * size + j] = static_cast<float>(random.normal());
  }
  return latents;
}

}  // namespace cspgan
