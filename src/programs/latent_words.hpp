// The options of programs that choose latents and move them.
#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <filesystem>
#include <string>

#include "cspgan/core/range.hpp"
#include "cspgan/models/generator.hpp"
#include "cspgan/models/latents.hpp"

namespace cspgan {

/// The words of the command line that latents are chosen by.
struct LatentWords {
  std::int64_t seed = 0;
  std::string seeds;
  std::int64_t first = 0;
  std::filesystem::path file;
  double truncation = 1;

  void add_to(CLI::App& app);
  /// Throws OptionError naming a wrong option, and what load_latents throws.
  LatentSequence latents(std::int64_t latent_size) const;
};

/// The words that say along which direction latents are moved, and how far.
struct DirectionWords {
  std::string direction;
  std::filesystem::path file;
  Range steps{.low = -3, .high = 3};
  std::int64_t columns = 7;

  void add_to(CLI::App& app);
  /// float32 [Z]. Throws OptionError for a direction that does not exist, Error for a file that holds none of this
  /// size.
  Tensor vector(const Generator& generator) const;
};

}  // namespace cspgan
