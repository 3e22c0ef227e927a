// The networks of the reference systems (docs/references.md) and our own, as options. Change them as needed, then make
// a network from them. "4/2/1" is kernel/stride/padding.
#pragma once

#include <cstdint>

#include "cspgan/models/discriminator.hpp"
#include "cspgan/models/generator.hpp"

namespace [[gnu::visibility("default")]] cspgan {
namespace generators {

/// The reference generator, 128x128: transposed convolution to 4x4x1024, CSPup blocks to 512, 256, 128 and 64 features,
/// transposed convolution and ReLU. No normalization.
GeneratorOptions csp128();

/// The generator of system B, 128x128: transposed convolution to 2x2x512 with batch norm and ReLU, CSPup blocks to 256,
/// 128, 64, 32 and 16 features, transposed convolution and tanh.
GeneratorOptions csp_from_2x2();

/// The generator of system D, 64x64: a CSPup block with padding 0 to 4x4x512, CSPup blocks to 256, 128, 64 and 3
/// features, tanh. Its blocks start with a 3x3 convolution and have batch norm after every convolution.
GeneratorOptions csp_stem64();

/// Our generator, which trains well, for image sizes that are powers of two from 32 to 1024: linear stem, batch norm,
/// bilinear upsampling in place of transposed convolutions (no checkerboard), a 3x3 convolution and tanh.
GeneratorOptions csp(std::int64_t image_size);

/// Adds spectral normalization to every convolution (D3).
GeneratorOptions with_spectral_norm(GeneratorOptions options);

/// Adds Gaussian noise with standard deviation `sigma` before every convolution (system C).
GeneratorOptions with_noise(GeneratorOptions options, double sigma);

}  // namespace generators
}  // namespace cspgan

namespace [[gnu::visibility("default")]] cspgan {
namespace discriminators {

/// The discriminator of system B: convolutions 3/2/1 with batch norm to 64, 128, ... features, at most 1024, down to
/// 4x4; then a convolution with kernel 4. ReLU in its first experiment, LeakyReLU from the second on.
DiscriminatorOptions strided3(std::int64_t image_size = 128, Activation activation = Activation::relu);

/// The discriminator of DCGAN (Radford et al. 2016): convolutions 4/2/1 without bias, batch norm except in the first,
/// LeakyReLU; 64, 128, ... features, at most 1024, down to 4x4; then a convolution with kernel 4.
DiscriminatorOptions dcgan(std::int64_t image_size = 128);

/// The discriminator of D2: convolution 4/2/1, residual blocks with batch norm down to 2x2, convolution with kernel 2;
/// 64, 128, ... features, at most 512.
DiscriminatorOptions residual(std::int64_t image_size = 64);

/// The discriminator for generators::csp: convolutions 4/2/1 with LeakyReLU. Without normalization over the batch, the
/// gradient at an image depends on that image alone, as gradient penalties assume.
DiscriminatorOptions plain(std::int64_t image_size);

/// Adds spectral normalization to every convolution (D3).
DiscriminatorOptions with_spectral_norm(DiscriminatorOptions options);

/// Adds Gaussian noise with standard deviation `sigma` before every convolution (system C).
DiscriminatorOptions with_noise(DiscriminatorOptions options, double sigma);

}  // namespace discriminators
}  // namespace cspgan
