// Saves the state of an object into a checkpoint and restores it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cspgan/core/device.hpp"
#include "cspgan/core/safetensors.hpp"
#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Whether a StateWriter copies tensors. With `none`, the file shares memory with the tensors that it was given, which
/// saves a copy of all state, so it must be written before they change.
enum class Copies { all, none };

/// Adds named tensors and numbers to a file, under a prefix such as "policy.0.".
class StateWriter {
 public:
  explicit StateWriter(TensorFile& file, std::string prefix = "", Copies copies = Copies::all)
      : file_(&file), prefix_(std::move(prefix)), copies_(copies) {}

  void tensor(std::string_view name, const Tensor& value);
  void integer(std::string_view name, std::int64_t value);
  void number(std::string_view name, double value);
  StateWriter scope(std::string_view name) const;

 private:
  TensorFile* file_;
  std::string prefix_;
  Copies copies_;
};

/// Reads what a StateWriter with the same prefix wrote. Each function throws Error naming what is missing.
class StateReader {
 public:
  /// Gives tensors on `device`.
  explicit StateReader(const TensorFile& file, std::string prefix = "", at::Device device = at::kCPU)
      : file_(&file), prefix_(std::move(prefix)), device_(device) {}

  bool has(std::string_view name) const;
  Tensor tensor(std::string_view name) const;  // the file's own, not a copy, if it is on the reader's device
  std::int64_t integer(std::string_view name) const;
  double number(std::string_view name) const;
  StateReader scope(std::string_view name) const;
  const std::string& prefix() const { return prefix_; }

 private:
  Tensor in_file(std::string_view name) const { return file_->tensor(prefix_ + std::string(name)); }

  const TensorFile* file_;
  std::string prefix_;
  at::Device device_;
};

}  // namespace cspgan
