// Device names.
#include "cspgan/core/device.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <fmt/format.h>

#include <charconv>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"

namespace cspgan {

at::Device parse_device(std::string_view text) {
  if (text == "cpu") return at::kCPU;
  const bool available = at::hasCUDA();
  if (text == "auto") return available ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU);
  int index = 0;
  bool known = text == "cuda";
  if (text.starts_with("cuda:")) {
    const char* const end = text.data() + text.size();
    const auto [parsed_to, problem] = std::from_chars(text.data() + 5, end, index);
    known = problem == std::errc{} && parsed_to == end && index >= 0;
  }
  if (!known) throw OptionError(fmt::format("device '{}' is unknown; use auto, cpu, cuda or cuda:<index>", text));
  const int count = available ? at::detail::getCUDAHooks().deviceCount() : 0;
  if (index >= count)
    throw OptionError(
        fmt::format("device '{}' does not exist: LibTorch sees {} CUDA device(s); use --device cpu", text, count));
  return {at::kCUDA, static_cast<c10::DeviceIndex>(index)};
}

void set_threads(int count) {
  constexpr int most = 1024;
  detail::require_from_to(count, 0, most, "threads");
  if (count > 0) at::set_num_threads(count);
}

DeterministicScope::DeterministicScope(at::Device device)
    : changed_(device.is_cuda() && !at::globalContext().deterministicCuDNN()) {
  if (changed_) at::globalContext().setDeterministicCuDNN(true);
}

DeterministicScope::~DeterministicScope() {
  if (changed_) at::globalContext().setDeterministicCuDNN(false);
}

FullPrecisionScope::FullPrecisionScope() {
  if (!at::hasCUDA()) return;
  before_ = static_cast<int>(at::globalContext().float32Precision(at::Float32Backend::CUDA, at::Float32Op::CONV));
  at::globalContext().setFloat32Precision(at::Float32Backend::CUDA, at::Float32Op::CONV, at::Float32Precision::IEEE);
}

FullPrecisionScope::~FullPrecisionScope() {
  if (before_)
    at::globalContext().setFloat32Precision(at::Float32Backend::CUDA, at::Float32Op::CONV,
                                            static_cast<at::Float32Precision>(*before_));
}

}  // namespace cspgan
