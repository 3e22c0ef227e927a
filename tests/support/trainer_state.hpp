// The whole state of a trainer, to be compared.
#pragma once

#include <ATen/ops/equal.h>

#include <string>

#include "cspgan/core/safetensors.hpp"

namespace cspgan_test {

/// The first tensor in which two files differ in name or bits; "" if there is none.
inline std::string first_difference(const cspgan::TensorFile& a, const cspgan::TensorFile& b) {
  if (a.tensors.size() != b.tensors.size()) return "the number of tensors";
  for (std::size_t i = 0; i < a.tensors.size(); ++i) {
    if (a.tensors[i].first != b.tensors[i].first) return a.tensors[i].first + " / " + b.tensors[i].first;
    if (!at::equal(a.tensors[i].second, b.tensors[i].second)) return a.tensors[i].first;
  }
  return "";
}

template <class Trainer>
cspgan::TensorFile state_of(const Trainer& trainer) {
  cspgan::TensorFile file;
  trainer.save(file);
  return file;
}

}  // namespace cspgan_test
