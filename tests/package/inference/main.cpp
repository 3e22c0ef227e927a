// Draws four images from the checkpoint that CSPGAN_CHECKPOINT names.
#include <ATen/ops/randn.h>

#include <cspgan/models/load_generator.hpp>
#include <cspgan/models/sampler.hpp>
#include <cstdlib>
#include <iostream>

int main() {
  const char* const checkpoint = std::getenv("CSPGAN_CHECKPOINT");
  if (checkpoint == nullptr) return 2;
  const cspgan::Sampler sampler(cspgan::load_generator(std::filesystem::path(checkpoint)));
  const at::Tensor images = sampler(at::randn({4, sampler.latent_size()}));
  std::cout << images.sizes() << '\n';
  const bool good = images.size(0) == 4 && images.size(1) == 3 && images.isfinite().all().item<bool>() &&
                    images.abs().max().item<float>() <= 1;
  return good ? 0 : 1;
}
