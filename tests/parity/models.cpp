// Writes what one network computes, for models.py to compare with the same network in PyTorch.
//   parity_models CASE FILE      one safetensors file: weights.*, input, probe, outputs, gradient.*, after.*
//   parity_models --list         the cases
#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <functional>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/core/safetensors.hpp"
#include "cspgan/models/presets.hpp"
#include "cspgan/nn/initialization.hpp"

namespace {

using namespace cspgan;

constexpr std::int64_t images = 4;

/// A training step's forward and backward on fixed inputs, then the evaluation mode's forward.
template <class Network>
TensorFile record(Network& network, const Tensor& input, TensorRandom& random) {
  TensorFile file;
  const auto add = [&file](const std::string& name, const Tensor& tensor) {
    file.tensors.emplace_back(name, tensor.detach().clone().contiguous());
  };
  for (const auto& item : network->named_parameters()) add("weights." + item.key(), item.value());
  for (const auto& item : network->named_buffers()) add("weights." + item.key(), item.value());

  const Tensor leaf = input.clone().requires_grad_(true);
  const Tensor output = network->forward(leaf);
  const Tensor probe = random.normal(output.sizes());
  (output * probe).mean().backward();
  add("input", input);
  add("probe", probe);
  add("output_train", output);
  add("gradient_of_input", leaf.grad());
  for (const auto& item : network->named_parameters()) add("gradient." + item.key(), item.value().grad());
  for (const auto& item : network->named_buffers()) add("after." + item.key(), item.value());
  network->eval();
  add("output_eval", network->forward(input));
  return file;
}

/// Initialized and, if it has norms, with scales that are not all 1, so that a wrong order shows.
template <class Network>
TensorFile record_initialized(Network network, const std::function<Tensor(TensorRandom&)>& make_input) {
  TensorRandom random(1, at::kCPU);
  initialize(*network, {}, random);
  {
    const torch::NoGradGuard no_gradients;
    for (auto& item : network->named_parameters())
      if (item.value().dim() == 1) item.value().add_(random.normal(item.value().sizes()), 0.1);
  }
  const Tensor input = make_input(random);
  return record(network, input, random);
}

TensorFile of_generator(GeneratorOptions options) {
  const std::int64_t latent_size = options.latent_size;
  return record_initialized(Generator(options), [latent_size](TensorRandom& random) {
    return random.normal({images, latent_size});
  });
}

TensorFile of_discriminator(DiscriminatorOptions options) {
  const std::int64_t size = options.image_size;
  return record_initialized(Discriminator(options), [size](TensorRandom& random) {
    return random.uniform({images, 3, size, size}, {-1, 1});
  });
}

GeneratorOptions r1_generator() {
  GeneratorOptions options = generators::csp128();
  options.image_size = 32;
  options.channels = {64, 32, 16};
  options.stem = {.norm = Norm::batch, .norm_place = NormPlace::after_activation, .activation = Activation::relu};
  options.block.norm = Norm::batch;
  options.block.norm_place = NormPlace::after_activation;
  options.head.output = OutputActivation::tanh;
  return options;
}

GeneratorOptions nearest_generator() {
  GeneratorOptions options = generators::csp(32);
  options.block.upsample = Upsample::nearest;
  return options;
}

GeneratorOptions concatenating_generator() {
  GeneratorOptions options = r1_generator();
  options.stem = {.bias = false};
  options.block = {.norm = Norm::batch,
                   .activation = Activation::leaky_relu,
                   .upsample = Upsample::transposed_3,
                   .halves = Halves::projection,
                   .merge = Merge::concatenation,
                   .bias = false};
  options.head = {.kind = HeadKind::nearest_convolution, .output = OutputActivation::sigmoid};
  return options;
}

DiscriminatorOptions preactivated_discriminator() {
  return {.image_size = 32,
          .base_channels = 8,
          .stem = {.kind = DiscriminatorStemKind::full},
          .block = {.shape = DownShape::preactivated},
          .head = {.activation = Activation::leaky_relu, .minibatch_stddev = 2}};
}

const std::vector<std::pair<std::string, std::function<TensorFile()>>>& cases() {
  static const std::vector<std::pair<std::string, std::function<TensorFile()>>> all{
      {"csp128", [] { return of_generator(generators::csp128()); }},
      {"csp_from_2x2", [] { return of_generator(generators::csp_from_2x2()); }},
      {"csp_stem64", [] { return of_generator(generators::csp_stem64()); }},
      {"csp_stem64_spectral", [] { return of_generator(generators::with_spectral_norm(generators::csp_stem64())); }},
      {"csp64", [] { return of_generator(generators::csp(64)); }},
      {"nearest_generator", [] { return of_generator(nearest_generator()); }},
      {"r1_generator", [] { return of_generator(r1_generator()); }},
      {"concatenating_generator", [] { return of_generator(concatenating_generator()); }},
      {"strided3", [] { return of_discriminator(discriminators::strided3()); }},
      {"strided3_leaky", [] { return of_discriminator(discriminators::strided3(64, Activation::leaky_relu)); }},
      {"dcgan128", [] { return of_discriminator(discriminators::dcgan()); }},
      {"residual", [] { return of_discriminator(discriminators::residual()); }},
      {"residual_spectral",
       [] { return of_discriminator(discriminators::with_spectral_norm(discriminators::residual())); }},
      {"plain64", [] { return of_discriminator(discriminators::plain(64)); }},
      {"preactivated", [] { return of_discriminator(preactivated_discriminator()); }}};
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 1 && arguments[0] == "--list") {
    for (const auto& [name, make] : cases()) std::cout << name << '\n';
    return 0;
  }
  if (arguments.size() != 2) {
    std::cerr << "parity_models: error: usage: parity_models CASE FILE, or parity_models --list\n";
    return 2;
  }
  try {
    for (const auto& [name, make] : cases())
      if (name == arguments[0]) {
        save_safetensors(arguments[1], make());
        return 0;
      }
    std::cerr << "parity_models: error: no case " << arguments[0] << '\n';
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "parity_models: error: " << error.what() << '\n';
    return 1;
  }
}
