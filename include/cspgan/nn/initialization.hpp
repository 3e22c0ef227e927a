// Initial values of a network's parameters, drawn from a generator that the caller owns.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "cspgan/core/options.hpp"
#include "cspgan/core/random.hpp"

namespace torch::nn {
class Module;
}

namespace [[gnu::visibility("default")]] cspgan {

/// Distribution of the initial weights.
enum class InitializationScheme {
  standard,    // as LibTorch: weights and biases uniform in +-1 / sqrt(fan in)
  normal,      // as DCGAN (Radford et al. 2016): weights N(0, 0.02), scales of norms N(1, 0.02), biases 0
  orthogonal,  // weights orthogonal as matrices (Saxe et al. 2014), biases 0
  kaiming      // weights N(0, sqrt(2 / (1 + 0.2^2) / fan in)) (He et al. 2015), biases 0; a last layer with one
               // output, without an activation after it, N(0, sqrt(1 / fan in))
};

template <>
struct EnumNames<InitializationScheme> {
  static constexpr std::array names{
      std::pair{InitializationScheme::standard, "standard"}, std::pair{InitializationScheme::normal, "normal"},
      std::pair{InitializationScheme::orthogonal, "orthogonal"}, std::pair{InitializationScheme::kaiming, "kaiming"}};
};

/// How to initialize a network. validate() throws OptionError, naming the field, if a value is out of range.
struct InitializationOptions {
  InitializationScheme scheme = InitializationScheme::standard;
  double standard_deviation = 0.02;  // only for the scheme `normal`; > 0

  static void describe(auto&& self, auto&& field) {
    field("scheme", self.scheme, "distribution of the first weights: standard is LibTorch's, normal is DCGAN's");
    field("standard_deviation", self.standard_deviation, "standard deviation of the weights under scheme normal, > 0");
  }
  void validate() const;

  friend bool operator==(const InitializationOptions&, const InitializationOptions&) = default;
};

/// Sets the parameters of `module` and its children, in the order of registration, from `random` alone, so the same
/// seed gives the same bits. Modules from outside the library are treated like ours, by the names and dimensions of
/// their parameters: a "weight" with two or more dimensions and its "bias"; a "weight" and "bias" with one dimension
/// belong to a norm (1 and 0). A parameter with another name is treated as a weight if it has at least two dimensions,
/// and is left alone otherwise. Running statistics of norms start at 0 and 1; the vectors of spectral norms are drawn
/// anew.
void initialize(torch::nn::Module& module, const InitializationOptions& options, TensorRandom& random);

}  // namespace cspgan
