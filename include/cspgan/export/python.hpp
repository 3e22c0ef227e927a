// A generator as a PyTorch module.
#pragma once

#include <string_view>

namespace [[gnu::visibility("default")]] cspgan {

/// The text of a Python module, generator.py, whose load() makes the library's Generator with any options from the file
/// that save_generator wrote, or from a checkpoint, and whose save() writes a file that load_generator takes. It needs
/// torch and safetensors.
std::string_view python_generator();

}  // namespace cspgan
