// First values of a network's parameters, drawn from an owned generator.
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

enum class InitializationScheme {
  standard,    // LibTorch's: weights and biases uniform in +-1 / sqrt(fan in)
  normal,      // DCGAN's (Radford et al. 2016): weights N(0, 0.02), norms' scales N(1, 0.02), biases 0
  orthogonal,  // weights orthogonal as matrices (Saxe et al. 2014), biases 0
  kaiming      // weights N(0, sqrt(2 / (1 + 0.2^2) / fan in)) (He et al. 2015), biases 0; a last layer with one
               // output, which no activation follows, N(0, sqrt(1 / fan in))
};

template <>
struct EnumNames<InitializationScheme> {
  static constexpr std::array names{
      std::pair{InitializationScheme::standard, "standard"}, std::pair{InitializationScheme::normal, "normal"},
      std::pair{InitializationScheme::orthogonal, "orthogonal"}, std::pair{InitializationScheme::kaiming, "kaiming"}};
};

struct InitializationOptions {
  InitializationScheme scheme = InitializationScheme::standard;
  double standard_deviation = 0.02;  // of the scheme `normal`, > 0

  static void describe(auto&& self, auto&& field) {
    field("scheme", self.scheme, "distribution of the first weights: standard is LibTorch's, normal is DCGAN's");
    field("standard_deviation", self.standard_deviation, "standard deviation of the weights under scheme normal, > 0");
  }
  void validate() const;

  friend bool operator==(const InitializationOptions&, const InitializationOptions&) = default;
};

/// Sets the parameters of `module` and its children, in the order of registration, from `random` alone: the same seed
/// gives the same bits. Own modules are treated as ours, by what their parameters are: "weight" of two or more
/// dimensions, its "bias", "weight" and "bias" of one dimension (a norm's: 1 and 0). Parameters of other names are left
/// when they have fewer than two dimensions, else treated as weights. Norms' running statistics start at 0 and 1;
/// spectral norm's vectors are drawn anew.
void initialize(torch::nn::Module& module, const InitializationOptions& options, TensorRandom& random);

}  // namespace cspgan
