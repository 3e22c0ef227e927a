// Draws from the file that CSPGAN_GENERATOR names.
#include <algorithm>
#include <cspgan/runtime/runtime_generator.hpp>
#include <cstdlib>
#include <iostream>

int main() {
  const char* const file = std::getenv("CSPGAN_GENERATOR");
  if (file == nullptr) return 2;
  const cspgan::RuntimeGenerator generator{std::filesystem::path(file)};
  std::vector<std::uint8_t> picture(generator.image_size());
  generator.draw_bytes(generator.random_latents(42).data(), 1, picture.data());
  std::cout << generator.side() << " x " << generator.side() << '\n';
  return std::ranges::min(picture) < std::ranges::max(picture) ? 0 : 1;
}
