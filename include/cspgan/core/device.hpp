// Which device to compute on.
#pragma once

#include <c10/core/Device.h>

#include <string_view>

namespace cspgan {

/// "auto" (CUDA where there is one, else the CPU), "cpu", "cuda" or "cuda:<index>". Throws OptionError for other words
/// and for a CUDA device that is not there.
at::Device parse_device(std::string_view text);

/// Threads that LibTorch uses inside one operation; 0 leaves its own choice.
void set_threads(int count);

}  // namespace cspgan
