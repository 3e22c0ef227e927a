// Presets by name.
#include "cspgan/models/named_presets.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <utility>

namespace cspgan {

namespace {

using GeneratorPreset = std::pair<std::string_view, GeneratorOptions (*)(std::int64_t)>;
using DiscriminatorPreset = std::pair<std::string_view, DiscriminatorOptions (*)(std::int64_t)>;

/// The same network with more or fewer doublings. A smaller one loses its coarsest maps, which are the widest: it keeps
/// the balance with a discriminator, whose width counts from the finest map.
GeneratorOptions at_size(GeneratorOptions options, std::int64_t image_size) {
  const auto stages = [](std::int64_t size) { return std::bit_width(static_cast<std::uint64_t>(size)); };
  int missing = stages(image_size) - stages(options.image_size);
  const bool ends_in_image = options.head.kind == HeadKind::none;
  auto& channels = options.channels;
  if (ends_in_image) channels.pop_back();
  for (; missing < 0 && channels.size() > 1; ++missing) channels.erase(channels.begin());
  for (; missing > 0; --missing) channels.push_back(std::max<std::int64_t>(channels.back() / 2, 8));
  if (ends_in_image) channels.push_back(options.image_channels);
  options.image_size = image_size;
  return options;
}

constexpr std::array<GeneratorPreset, 4> generator_presets{
    {{"csp", [](std::int64_t size) { return generators::csp(size); }},
     {"csp128", [](std::int64_t size) { return at_size(generators::csp128(), size); }},
     {"csp_from_2x2", [](std::int64_t size) { return at_size(generators::csp_from_2x2(), size); }},
     {"csp_stem64", [](std::int64_t size) { return at_size(generators::csp_stem64(), size); }}}};

constexpr std::array<DiscriminatorPreset, 5> discriminator_presets{
    {{"plain", [](std::int64_t size) { return discriminators::plain(size); }},
     {"strided3", [](std::int64_t size) { return discriminators::strided3(size); }},
     {"strided3_leaky", [](std::int64_t size) { return discriminators::strided3(size, Activation::leaky_relu); }},
     {"dcgan", [](std::int64_t size) { return discriminators::dcgan(size); }},
     {"residual", [](std::int64_t size) { return discriminators::residual(size); }}}};

template <class Presets>
std::vector<std::string> names_of(const Presets& presets) {
  std::vector<std::string> names;
  for (const auto& [name, make] : presets) names.emplace_back(name);
  return names;
}

template <class Presets>
auto make_preset(const Presets& presets, std::string_view where, std::string_view name, std::int64_t image_size) {
  for (const auto& [known, make] : presets)
    if (known == name) return make(image_size);
  detail::fail_unknown_word(where, name, names_of(presets));
}

}  // namespace

GeneratorOptions generators::preset(std::string_view name, std::int64_t image_size) {
  return make_preset(generator_presets, "generator.preset", name, image_size);
}
std::vector<std::string> generators::preset_names() { return names_of(generator_presets); }

DiscriminatorOptions discriminators::preset(std::string_view name, std::int64_t image_size) {
  return make_preset(discriminator_presets, "discriminator.preset", name, image_size);
}
std::vector<std::string> discriminators::preset_names() { return names_of(discriminator_presets); }

}  // namespace cspgan
