// Writes named state to a TensorFile and reads it.
#include "cspgan/core/state.hpp"

#include <ATen/ops/scalar_tensor.h>

namespace cspgan {

void StateWriter::tensor(std::string_view name, const Tensor& value) {
  file_->tensors.emplace_back(prefix_ + std::string(name),
                              copies_ == Copies::all ? value.detach().clone() : value.detach());
}

void StateWriter::integer(std::string_view name, std::int64_t value) {
  tensor(name, at::scalar_tensor(value, at::TensorOptions().dtype(at::kLong)));
}

void StateWriter::number(std::string_view name, double value) {
  tensor(name, at::scalar_tensor(value, at::TensorOptions().dtype(at::kDouble)));
}

StateWriter StateWriter::scope(std::string_view name) const {
  return StateWriter(*file_, prefix_ + std::string(name) + ".", copies_);
}

bool StateReader::has(std::string_view name) const { return file_->has_tensor(prefix_ + std::string(name)); }

Tensor StateReader::tensor(std::string_view name) const { return in_file(name).to(device_); }

std::int64_t StateReader::integer(std::string_view name) const { return in_file(name).item<std::int64_t>(); }

double StateReader::number(std::string_view name) const { return in_file(name).item<double>(); }

StateReader StateReader::scope(std::string_view name) const {
  return StateReader(*file_, prefix_ + std::string(name) + ".", device_);
}

}  // namespace cspgan
