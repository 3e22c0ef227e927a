#include "cspgan/core/evenly_spaced.hpp"

namespace cspgan {

std::vector<std::size_t> evenly_spaced(std::size_t size, std::size_t count) {
  std::vector<std::size_t> chosen;
  if (count >= size) count = size;
  for (std::size_t i = 0; i < count; ++i) {
    chosen.push_back(count == 1 ? size - 1 : (i * (size - 1) + (count - 1) / 2) / (count - 1));
  }
  return chosen;
}

}  // namespace cspgan
