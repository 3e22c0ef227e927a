// The device to compute on.
#pragma once

#include <c10/core/Device.h>

#include <string_view>

namespace [[gnu::visibility("default")]] cspgan {

/// "auto" (the first CUDA device if there is one, else the CPU), "cpu", "cuda" or "cuda:<index>". Throws OptionError
/// for any other text and for a CUDA device that does not exist.
at::Device parse_device(std::string_view text);

/// Sets the number of threads that LibTorch uses inside one operation; 0 keeps LibTorch's choice. Throws OptionError
/// outside [0, 1024].
void set_threads(int count);

}  // namespace cspgan
