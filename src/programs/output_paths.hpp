// Checks of the paths to which a program is to write.
#pragma once

#include <filesystem>
#include <string_view>

namespace cspgan {

/// Throws OptionError if a file of this name cannot be written. An existing file is left as it is.
void require_writable(const std::filesystem::path& file, std::string_view option);

/// Throws OptionError if pictures there would be read as images of that folder the next time.
void require_outside(const std::filesystem::path& pictures, const std::filesystem::path& images,
                     std::string_view option);

}  // namespace cspgan
