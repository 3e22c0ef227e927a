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

namespace {

std::string_view type_name(at::ScalarType type) {
  switch (type) {
    case at::kByte:
      return "uint8";
    case at::kInt:
      return "int32";
    case at::kLong:
      return "int64";
    case at::kHalf:
      return "float16";
    case at::kBFloat16:
      return "bfloat16";
    case at::kFloat:
      return "float32";
    case at::kDouble:
      return "float64";
    case at::kBool:
      return "bool";
    default:
      return c10::toString(type);
  }
}

}  // namespace

std::string describe_tensor(const Tensor& tensor) {
  if (!tensor.defined()) return "an undefined tensor";
  return fmt::format("{} {}", type_name(tensor.scalar_type()), shape_text(tensor.sizes()));
}

void fail_shape(std::string_view what, std::string_view expected, const Tensor& found) {
  throw Error(fmt::format("{}: expected {}, found {}", what, expected, shape_text(found)));
}

}  // namespace cspgan
