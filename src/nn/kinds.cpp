// Activations.
#include "cspgan/nn/kinds.hpp"

#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/relu.h>

#include <utility>

#include "kernels/tensors/activation.hpp"

namespace cspgan {

double negative_slope(Activation activation) {
  switch (activation) {
    case Activation::none:
      return 1;
    case Activation::relu:
      return 0;
    case Activation::leaky_relu:
      return leaky_relu_slope;
  }
  return 1;
}

Tensor activate(const Tensor& input, Activation activation) {
  switch (activation) {
    case Activation::none:
      return input;
    case Activation::relu:
      return at::relu(input);
    case Activation::leaky_relu:
      return at::leaky_relu(input, leaky_relu_slope);
  }
  return input;
}

Tensor activate_in_place(Tensor input, Activation activation) {
  return kernels::activate_in_place(std::move(input), negative_slope(activation));
}

}  // namespace cspgan
