// The presets by name and image size, as recipes choose them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cspgan/models/presets.hpp"

namespace [[gnu::visibility("default")]] cspgan {
namespace generators {

/// The options of csp, csp128, csp_from_2x2 or csp_stem64 for images of image_size x image_size pixels. All but csp are
/// made for one size. For a smaller image they lose their coarsest maps; for a larger one they get more blocks, each
/// with half the features of the one before, at least 8. Throws OptionError for an unknown name and suggests the
/// nearest one.
GeneratorOptions preset(std::string_view name, std::int64_t image_size);
/// The names that preset() knows.
std::vector<std::string> preset_names();

}  // namespace generators
}  // namespace cspgan

namespace [[gnu::visibility("default")]] cspgan {
namespace discriminators {

/// The options of plain, strided3, strided3_leaky (LeakyReLU in place of ReLU), dcgan or residual for images of
/// image_size x image_size pixels. Throws OptionError for an unknown name and suggests the nearest one.
DiscriminatorOptions preset(std::string_view name, std::int64_t image_size);
/// The names that preset() knows.
std::vector<std::string> preset_names();

}  // namespace discriminators
}  // namespace cspgan
