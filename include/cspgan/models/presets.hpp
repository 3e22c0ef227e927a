// The networks of the reference systems (docs/references.md) and our own, as options that can be changed before a network is made of them.
#pragma once

#include <cstdint>

#include "cspgan/models/discriminator.hpp"
#include "cspgan/models/generator.hpp"

namespace [[gnu::visibility("default")]] cspgan {
namespace generators {

/// The reference generator, 128x128: transposed convolution to 4x4x1024, CSPup to 512, 256, 128 and 64 features, transposed
/// convolution and ReLU. No normalization.
GeneratorOptions csp128();

/// System B's, 128x128: transposed convolution to 2x2x512 with batch norm and ReLU, CSPup to 256, 128, 64, 32 and 16
/// features, transposed convolution and tanh.
GeneratorOptions csp_from_2x2();

/// System D's, 64x64: a CSPup with padding 0 to 4x4x512, CSPup to 256, 128, 64 and 3 features, tanh. Its block starts with a
/// 3x3 convolution and has batch norm after every convolution.
GeneratorOptions csp_stem64();

/// For any power of two from 32 to 256, and what trains well: linear stem, batch norm, bilinear upsampling in
/// place of transposed convolutions (no checkerboard), a 3x3 convolution and tanh.
GeneratorOptions csp(std::int64_t image_size);

/// Spectral normalization on every convolution (D3).
GeneratorOptions with_spectral_norm(GeneratorOptions options);

/// Gaussian noise before every convolution (system C).
GeneratorOptions with_noise(GeneratorOptions options, double sigma);

}  // namespace generators
}  // namespace cspgan

namespace [[gnu::visibility("default")]] cspgan {
namespace discriminators {

/// System B's: convolutions 3/2/1 with batch norm, to 64, 128, ... features, at most 1024, until 4x4; then a convolution of
/// kernel 4. ReLU in its first experiment, LeakyReLU from the second on.
DiscriminatorOptions strided3(std::int64_t image_size = 128, Activation activation = Activation::relu);

/// DCGAN's (Radford et al. 2016): convolutions 4/2/1 without bias, batch norm except in the first, LeakyReLU; 64, 128,
/// ... features, at most 1024, until 4x4; then a convolution of kernel 4.
DiscriminatorOptions dcgan(std::int64_t image_size = 128);

/// D2's: convolution 4/2/1, residual blocks with batch norm until 2x2, convolution of kernel 2; 64, 128, ...
/// features, at most 512.
DiscriminatorOptions residual(std::int64_t image_size = 64);

/// The partner of generators::csp: convolutions 4/2/1 with LeakyReLU and no normalization, so that penalties on the
/// gradient of single images mean what they say.
DiscriminatorOptions plain(std::int64_t image_size);

/// Spectral normalization on every convolution (D3).
DiscriminatorOptions with_spectral_norm(DiscriminatorOptions options);

/// Gaussian noise before every convolution (system C).
DiscriminatorOptions with_noise(DiscriminatorOptions options, double sigma);

}  // namespace discriminators
}  // namespace cspgan
