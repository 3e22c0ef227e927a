// The reference systems' networks.
#include "cspgan/models/presets.hpp"

#include <algorithm>

namespace cspgan::generators {

GeneratorOptions csp128() {
  return {.latent_size = 100,
          .image_size = 128,
          .channels = {1024, 512, 256, 128, 64},
          .head = {.kind = HeadKind::transposed, .output = OutputActivation::relu}};
}

GeneratorOptions csp_from_2x2() {
  return {.latent_size = 100,
          .image_size = 128,
          .channels = {512, 256, 128, 64, 32, 16},
          .stem = {.kind = StemKind::transposed_2, .norm = Norm::batch, .activation = Activation::relu, .bias = false},
          .head = {.kind = HeadKind::transposed, .bias = false}};
}

GeneratorOptions csp_stem64() {
  return {.latent_size = 100,
          .image_size = 64,
          .channels = {512, 256, 128, 64, 3},
          .stem = {.kind = StemKind::block},
          .block = {.norm = Norm::batch, .conv1_kernel = 3},
          .head = {.kind = HeadKind::none}};
}

GeneratorOptions csp(std::int64_t image_size) {
  return {.latent_size = 128,
          .image_size = image_size,
          .base_channels = 16,
          .max_channels = 256,
          .stem = {.kind = StemKind::linear, .norm = Norm::batch, .activation = Activation::relu},
          .block = {.norm = Norm::batch, .upsample = Upsample::bilinear},
          .head = {.kind = HeadKind::convolution_3, .norm = Norm::batch, .activation = Activation::relu}};
}

GeneratorOptions with_spectral_norm(GeneratorOptions options) {
  if (options.stem.kind != StemKind::block) options.stem.spectral_norm = true;
  options.block.spectral_norm = true;
  options.head.spectral_norm = options.head.kind != HeadKind::none;
  return options;
}

GeneratorOptions with_noise(GeneratorOptions options, double sigma) {
  if (options.stem.kind != StemKind::block) options.stem.noise_sigma = sigma;
  options.block.noise_sigma = sigma;
  if (options.head.kind != HeadKind::none) options.head.noise_sigma = sigma;
  return options;
}

}  // namespace cspgan::generators

namespace cspgan::discriminators {

DiscriminatorOptions strided3(std::int64_t image_size, Activation activation) {
  return {.image_size = image_size,
          .block = {.kernel = 3, .norm = Norm::batch, .activation = activation},
          .normalize_first = true};
}

DiscriminatorOptions dcgan(std::int64_t image_size) {
  return {.image_size = image_size, .block = {.norm = Norm::batch, .bias = false}, .head = {.bias = false}};
}

DiscriminatorOptions residual(std::int64_t image_size) {
  return {.image_size = image_size,
          .max_channels = 512,
          .stem = {.kind = DiscriminatorStemKind::strided},
          .block = {.shape = DownShape::residual, .kernel = 3, .norm = Norm::batch},
          .normalize_first = true,
          .head = {.size = 2}};
}

DiscriminatorOptions plain(std::int64_t image_size) {
  return {.image_size = image_size, .base_channels = 48, .max_channels = 384};
}

DiscriminatorOptions with_spectral_norm(DiscriminatorOptions options) {
  if (options.stem.kind != DiscriminatorStemKind::none) options.stem.spectral_norm = true;
  options.block.spectral_norm = true;
  options.head.spectral_norm = true;
  return options;
}

DiscriminatorOptions with_noise(DiscriminatorOptions options, double sigma) {
  if (options.stem.kind != DiscriminatorStemKind::none) options.stem.noise_sigma = sigma;
  options.block.noise_sigma = sigma;
  options.head.noise_sigma = sigma;
  return options;
}

}  // namespace cspgan::discriminators
