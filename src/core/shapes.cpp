// Tensors in words, for messages.
#include "cspgan/core/shapes.hpp"

#include <c10/core/ScalarType.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cspgan/core/error.hpp"

namespace cspgan {

std::string shape_text(at::IntArrayRef shape) {
  return fmt::format("[{}]", fmt::join(shape.begin(), shape.end(), ", "));
}

std::string shape_text(const Tensor& tensor) { return tensor.defined() ? shape_text(tensor.sizes()) : "(undefined)"; }

std::string describe_tensor(const Tensor& tensor) {
  if (!tensor.defined()) return "an undefined tensor";
  return fmt::format("{} {}", c10::toString(tensor.scalar_type()), shape_text(tensor.sizes()));
}

void fail_shape(std::string_view what, std::string_view expected, const Tensor& found) {
  throw Error(fmt::format("{}: expected {}, found {}", what, expected, shape_text(found)));
}

}  // namespace cspgan
