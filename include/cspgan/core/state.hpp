// How anything with state puts it into a checkpoint and takes it back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cspgan/core/safetensors.hpp"
#include "cspgan/core/tensor.hpp"

namespace cspgan {

/// Whether a StateWriter copies tensors. `none`: the file shares memory with what it was given, so it has to be written
/// before that changes; saves a copy of all state.
enum class Copies { all, none };

/// Collects named tensors and numbers under a prefix such as "policy.0.".
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

/// Gives back what a StateWriter of the same prefix was given. Each throws Error naming what is missing.
class StateReader {
 public:
  explicit StateReader(const TensorFile& file, std::string prefix = "") : file_(&file), prefix_(std::move(prefix)) {}

  bool has(std::string_view name) const;
  Tensor tensor(std::string_view name) const;  // on the CPU, not a copy
  std::int64_t integer(std::string_view name) const;
  double number(std::string_view name) const;
  StateReader scope(std::string_view name) const;
  const std::string& prefix() const { return prefix_; }

 private:
  const TensorFile* file_;
  std::string prefix_;
};

}  // namespace cspgan
