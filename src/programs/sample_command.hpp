// The command line of `sample`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "programs/generator_words.hpp"
#include "programs/latent_words.hpp"

namespace cspgan {

/// From argv: what to draw, and by which latents.
struct SampleCommand : GeneratorWords {
  std::filesystem::path out = "samples";
  std::int64_t count = 0;
  std::string grid;
  std::int64_t interpolate = 0;
  std::optional<std::int64_t> rows;
  std::string interpolation = "spherical";
  std::string animation;
  std::optional<std::int64_t> keyframes;
  std::int64_t frames = 16;
  LatentWords latents;
  DirectionWords direction;
  std::filesystem::path save_latents;
  std::int64_t batch_size = 32;
};

/// Nothing if there is nothing left to do (--help, --version). Throws OptionError for wrong usage.
std::optional<SampleCommand> parse_sample(int argc, char** argv);

}  // namespace cspgan
