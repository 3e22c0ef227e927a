// The pairs of networks that the programs here measure, by name; networks.py has the same pairs in plain PyTorch.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/models/presets.hpp"

namespace bench {

struct Pair {
  std::string_view name;
  cspgan::GeneratorOptions generator;
  cspgan::DiscriminatorOptions discriminator;
};

/// The reference generator with as many blocks as the image size requires; at 128 it is generators::csp128().
inline cspgan::GeneratorOptions reference_generator(std::int64_t image_size) {
  auto options = cspgan::generators::csp128();
  options.image_size = image_size;
  for (std::int64_t size = 128; size > image_size; size /= 2) options.channels.erase(options.channels.begin());
  return options;
}

inline std::vector<Pair> pairs() {
  namespace generators = cspgan::generators;
  namespace discriminators = cspgan::discriminators;
  return {{"reference128", reference_generator(128), discriminators::strided3(128)},
          {"reference64", reference_generator(64), discriminators::strided3(64)},
          {"reference32", reference_generator(32), discriminators::strided3(32)},
          {"b-128", generators::csp_from_2x2(), discriminators::strided3(128)},
          {"faces64", generators::csp(64), discriminators::plain(64)}};
}

/// Throws Error if there is no pair of that name.
inline Pair find_pair(std::string_view name) {
  for (const Pair& pair : pairs())
    if (pair.name == name) return pair;
  throw cspgan::Error("no networks are called '" + std::string(name) + "'");
}

}  // namespace bench
