// The device to compute on.
#pragma once

#include <c10/core/Device.h>

#include <optional>
#include <string_view>

namespace [[gnu::visibility("default")]] cspgan {

/// "auto" (the first CUDA device if there is one, else the CPU), "cpu", "cuda" or "cuda:<index>". Throws OptionError
/// for any other text and for a CUDA device that does not exist.
at::Device parse_device(std::string_view text);

/// Sets the number of threads that LibTorch uses inside one operation; 0 keeps LibTorch's choice. Throws OptionError
/// outside [0, 1024].
void set_threads(int count);

/// While it lives, the library's operations on a GPU give the same bits each time: cuDNN may not choose algorithms that
/// add up in any order. The switch is LibTorch's and one for the process. On a CPU nothing changes: there they always
/// do.
class DeterministicScope {
 public:
  explicit DeterministicScope(at::Device device);
  ~DeterministicScope();
  DeterministicScope(const DeterministicScope&) = delete;
  DeterministicScope& operator=(const DeterministicScope&) = delete;

 private:
  bool changed_;
};

/// While it lives, convolutions on a GPU compute in float32. LibTorch allows them TF32, which has 10 bits of mantissa
/// for 23. The switch is LibTorch's and one for the process. Without a GPU nothing changes.
class FullPrecisionScope {
 public:
  FullPrecisionScope();
  ~FullPrecisionScope();
  FullPrecisionScope(const FullPrecisionScope&) = delete;
  FullPrecisionScope& operator=(const FullPrecisionScope&) = delete;

 private:
  std::optional<int> before_;  // LibTorch's Float32Precision
};

}  // namespace cspgan
