// A generator preset that computes quickly.
#pragma once

#include <string>

#include "cspgan/models/named_presets.hpp"

namespace cspgan_test {

/// A preset with a few features only, for images of 32 pixels.
inline cspgan::GeneratorOptions thin(const std::string& preset) {
  cspgan::GeneratorOptions options = cspgan::generators::preset(preset, 32);
  options.latent_size = 8;
  if (options.channels.empty()) options.base_channels = 16;
  for (auto& channels : options.channels) channels = channels == 3 ? 3 : channels / 16;
  return options;
}

}  // namespace cspgan_test
