// The number of blocks that a network of a given image size needs, and their feature counts.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "cspgan/models/generator_parts.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The range of image sizes, in pixels.
inline constexpr std::int64_t smallest_image_size = 8;
inline constexpr std::int64_t largest_image_size = 1024;

namespace detail {

/// Throws OptionError "<network>: image_size is ..." unless it is a power of two in the range above.
void require_image_size(std::int64_t image_size, std::string_view network);

/// Throws OptionError "<network>: block.in_channels is ..." unless both are 0.
void require_unset_channels(std::int64_t in_channels, std::int64_t out_channels, std::string_view network);

/// The options of a generator that decide its feature counts.
struct GeneratorPlan {
  std::int64_t latent_size;
  std::int64_t image_size;
  std::int64_t image_channels;
  const std::vector<std::int64_t>& channels;
  std::int64_t base_channels;
  std::int64_t max_channels;
  const GeneratorStemOptions& stem;
  const GeneratorHeadOptions& head;
};

/// The feature counts after the stem and after each block. Throws OptionError naming the option that does not fit.
std::vector<std::int64_t> generator_channels(const GeneratorPlan& plan);

/// The options of a discriminator that decide its feature counts.
struct DiscriminatorPlan {
  std::int64_t image_size;
  std::int64_t image_channels;
  const std::vector<std::int64_t>& channels;
  std::int64_t base_channels;
  std::int64_t max_channels;
  bool has_stem;
  bool stem_halves;
  std::int64_t head_size;
};

/// The feature counts after the stem, if there is one, and after each block. Throws OptionError naming the option that
/// does not fit.
std::vector<std::int64_t> discriminator_channels(const DiscriminatorPlan& plan);

}  // namespace detail
}  // namespace cspgan
