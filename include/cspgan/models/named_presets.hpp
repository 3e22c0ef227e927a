// The presets by name, at any size: what recipes ask for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cspgan/models/presets.hpp"

namespace [[gnu::visibility("default")]] cspgan {
namespace generators {

/// csp, csp128, r2 or r4. The reference networks have one size; at another one they have their first feature counts
/// (more for a larger image, each half of the one before). Throws OptionError with the nearest name.
GeneratorOptions preset(std::string_view name, std::int64_t image_size);
std::vector<std::string> preset_names();

}  // namespace generators
}  // namespace cspgan

namespace [[gnu::visibility("default")]] cspgan {
namespace discriminators {

/// plain, r2, r2_leaky (LeakyReLU in place of ReLU), dcgan or residual. Throws OptionError with the nearest name.
DiscriminatorOptions preset(std::string_view name, std::int64_t image_size);
std::vector<std::string> preset_names();

}  // namespace discriminators
}  // namespace cspgan
