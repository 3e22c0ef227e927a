// The choices that several blocks share: the normalization, its place, and the activation.
#pragma once

#include <array>
#include <utility>

#include "cspgan/core/options.hpp"
#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The normalization after a convolution. `batch`: batch norm (eps 1e-5, momentum 0.1, affine), as in PyTorch's
/// BatchNorm2d. `group`: group norm (Wu and He 2018), at most 32 groups of at least 8 channels each; it does not mix
/// images.
enum class Norm { none, batch, group };

/// Whether a normalization comes before or after the activation, if there is one.
enum class NormPlace { before_activation, after_activation };

/// The activation after a layer. `leaky_relu` has slope 0.2 below zero, as in DCGAN (Radford et al. 2016).
enum class Activation { none, relu, leaky_relu };

/// The factor for values below zero in leaky_relu.
inline constexpr double leaky_relu_slope = 0.2;

template <>
struct EnumNames<Norm> {
  static constexpr std::array names{std::pair{Norm::none, "none"}, std::pair{Norm::batch, "batch"},
                                    std::pair{Norm::group, "group"}};
};

template <>
struct EnumNames<NormPlace> {
  static constexpr std::array names{std::pair{NormPlace::before_activation, "before_activation"},
                                    std::pair{NormPlace::after_activation, "after_activation"}};
};

template <>
struct EnumNames<Activation> {
  static constexpr std::array names{std::pair{Activation::none, "none"}, std::pair{Activation::relu, "relu"},
                                    std::pair{Activation::leaky_relu, "leaky_relu"}};
};

/// The factor for values below zero: 1 (none), 0 (relu) or leaky_relu_slope.
double negative_slope(Activation activation);

/// Applies the activation to each element; any shape. Leaves `input` as it is.
Tensor activate(const Tensor& input, Activation activation);

/// The same, but overwrites `input`, which saves one copy per layer. Only for a tensor that nothing else uses, such as
/// the output of a convolution.
Tensor activate_in_place(Tensor input, Activation activation);

}  // namespace cspgan
