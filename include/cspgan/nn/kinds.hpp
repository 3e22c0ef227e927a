// The choices that several blocks share: which normalization, where it stands, which activation.
#pragma once

#include <array>
#include <utility>

#include "cspgan/core/options.hpp"
#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// What follows a convolution. `batch`: batch norm (eps 1e-5, momentum 0.1, affine), as in PyTorch's BatchNorm2d.
/// `group`: group norm (Wu and He 2018), at most 32 groups, each of at least 8 channels: no image sees another.
enum class Norm { none, batch, group };

/// Where the normalization of a convolution that has an activation stands.
enum class NormPlace { before_activation, after_activation };

/// `leaky_relu` has slope 0.2 below zero, as GANs have used since DCGAN (Radford et al. 2016).
enum class Activation { none, relu, leaky_relu };

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

/// The factor of values below zero: 1 (none), 0 (relu) or leaky_relu_slope.
double negative_slope(Activation activation);

Tensor activate(const Tensor& input, Activation activation);

/// Overwrites `input`: for tensors that nobody else needs, such as a convolution's output. Saves a copy a layer.
Tensor activate_in_place(Tensor input, Activation activation);

}  // namespace cspgan
