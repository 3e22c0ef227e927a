// Feature counts of the networks.
#include "cspgan/models/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <string>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"

namespace cspgan::detail {
namespace {

int log2_of(std::int64_t power) { return std::countr_zero(static_cast<std::uint64_t>(power)); }

/// Feature counts of `maps` feature maps, finest first: `base` at the finest, doubling toward the coarsest.
std::vector<std::int64_t> doubling(std::int64_t maps, std::int64_t base, std::int64_t most) {
  std::vector<std::int64_t> counts;
  for (std::int64_t count = base; maps > 0; --maps, count = std::min(2 * count, most))
    counts.push_back(std::min(count, most));
  return counts;
}

std::string of(std::string_view network, std::string_view option) { return fmt::format("{}: {}", network, option); }

void require_given_channels(const std::vector<std::int64_t>& channels, std::int64_t maps, std::string_view network,
                            std::string_view meaning) {
  if (static_cast<std::int64_t>(channels.size()) != maps)
    throw OptionError(
        fmt::format("{}: channels has {} numbers, but needs {}: {}", network, channels.size(), maps, meaning));
  for (const std::int64_t count : channels) require_at_least(count, 1, of(network, "a number in channels"));
}

void require_common(std::int64_t image_size, std::int64_t image_channels, std::int64_t base, std::int64_t most,
                    std::string_view network) {
  require_image_size(image_size, network);
  require_at_least(image_channels, 1, of(network, "image_channels"));
  require_at_least(base, 1, of(network, "base_channels"));
  require_at_least(most, 1, of(network, "max_channels"));
}

}  // namespace

void require_image_size(std::int64_t image_size, std::string_view network) {
  require_power_of_two(image_size, smallest_image_size, largest_image_size, of(network, "image_size"));
}

void require_unset_channels(std::int64_t in_channels, std::int64_t out_channels, std::string_view network) {
  if (in_channels != 0 || out_channels != 0)
    throw OptionError(
        fmt::format("{}: block.in_channels and block.out_channels are {} and {}, but the {} sets them "
                    "itself, from channels: leave them 0",
                    network, in_channels, out_channels, network));
}

std::vector<std::int64_t> generator_channels(const GeneratorPlan& plan) {
  constexpr std::string_view network = "generator";
  require_common(plan.image_size, plan.image_channels, plan.base_channels, plan.max_channels, network);
  require_at_least(plan.latent_size, 1, of(network, "latent_size"));
  plan.stem.validate();
  plan.head.validate();

  const bool has_head = plan.head.kind != HeadKind::none;
  const std::int64_t blocks = log2_of(plan.image_size) - log2_of(plan.stem.size()) - (plan.head.doubles() ? 1 : 0);
  if (!has_head && blocks == 0) throw OptionError("generator: head.kind is none and no block fits, so nothing is left");
  if (!plan.channels.empty()) {
    require_given_channels(plan.channels, blocks + 1, network,
                           fmt::format("after the stem and after each of {} blocks", blocks));
    if (!has_head && plan.channels.back() != plan.image_channels)
      throw OptionError(
          fmt::format("generator: the last of channels is {}, but without a head it must be the image's {}",
                      plan.channels.back(), plan.image_channels));
    return plan.channels;
  }
  std::vector<std::int64_t> channels = doubling(blocks + (has_head ? 1 : 0), plan.base_channels, plan.max_channels);
  std::reverse(channels.begin(), channels.end());
  if (!has_head) channels.push_back(plan.image_channels);
  return channels;
}

std::vector<std::int64_t> discriminator_channels(const DiscriminatorPlan& plan) {
  constexpr std::string_view network = "discriminator";
  require_common(plan.image_size, plan.image_channels, plan.base_channels, plan.max_channels, network);
  const std::int64_t blocks = log2_of(plan.image_size) - log2_of(plan.head_size) - (plan.stem_halves ? 1 : 0);
  if (blocks < 1)
    throw OptionError(fmt::format("discriminator: image_size is {} and head.size {}, so no block fits between them",
                                  plan.image_size, plan.head_size));
  const std::int64_t maps = blocks + (plan.has_stem ? 1 : 0);
  if (plan.channels.empty()) return doubling(maps, plan.base_channels, plan.max_channels);
  require_given_channels(plan.channels, maps, network,
                         fmt::format("{}after each of {} blocks", plan.has_stem ? "after the stem and " : "", blocks));
  return plan.channels;
}

}  // namespace cspgan::detail
