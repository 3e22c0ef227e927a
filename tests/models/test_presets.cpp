// The reference systems' networks: sizes and feature counts, as systems.md states them.
#include <ATen/ATen.h>

#include "cspgan/models/presets.hpp"
#include "support/catch.hpp"

using namespace cspgan;

namespace {

/// Parameters of a convolution of kernel k, and of one with a bias.
std::int64_t weights(std::int64_t in, std::int64_t out, std::int64_t k) { return in * out * k * k; }
std::int64_t convolution(std::int64_t in, std::int64_t out, std::int64_t k) { return weights(in, out, k) + out; }

/// A CSPup block with transposed convolutions 4/2.
std::int64_t cspup(std::int64_t in, std::int64_t out, std::int64_t conv1_kernel = 1) {
  const std::int64_t half = in / 2;
  return 2 * convolution(half, out, 4) + convolution(half, half, conv1_kernel) + 2 * convolution(out, out, 3);
}
/// What its batch norms add.
std::int64_t cspup_norms(std::int64_t in, std::int64_t out) { return 2 * (in / 2 + 4 * out); }

}  // namespace

TEST_CASE("csp128 has the parameters of the drawing", "[models]") {
  const std::int64_t expected = convolution(100, 1024, 4) + cspup(1024, 512) + cspup(512, 256) + cspup(256, 128) +
                                cspup(128, 64) + convolution(64, 3, 4);
  CHECK(parameter_count(*Generator(generators::csp128())) == expected);
}

TEST_CASE("R2's generator has its parameters and starts at 2x2", "[models]") {
  const std::int64_t expected = weights(100, 512, 2) + 2 * 512 + cspup(512, 256) + cspup(256, 128) + cspup(128, 64) +
                                cspup(64, 32) + cspup(32, 16) + weights(16, 3, 4);
  Generator generator(generators::csp_from_2x2());
  CHECK(parameter_count(*generator) == expected);
  CHECK(generator->forward(at::randn({2, 100})).sizes() == at::IntArrayRef({2, 3, 128, 128}));
}

TEST_CASE("R4's generator has its parameters, its stem being a CSPup, and makes 64x64", "[models]") {
  std::int64_t expected = 0;
  std::int64_t in = 100;
  for (const std::int64_t out : {512, 256, 128, 64, 3}) {
    expected += cspup(in, out, 3) + cspup_norms(in, out);
    in = out;
  }
  Generator generator(generators::csp_stem64());
  CHECK(parameter_count(*generator) == expected);
  CHECK(generator->forward(at::randn({2, 100})).sizes() == at::IntArrayRef({2, 3, 64, 64}));
}

TEST_CASE("the discriminators have the parameters of their systems", "[models]") {
  std::int64_t r2 = convolution(1024, 1, 4);
  std::int64_t dcgan = weights(1024, 1, 4);
  std::int64_t in = 3;
  for (const std::int64_t out : {64, 128, 256, 512, 1024}) {
    r2 += convolution(in, out, 3) + 2 * out;
    dcgan += weights(in, out, 4) + (in == 3 ? 0 : 2 * out);
    in = out;
  }
  CHECK(parameter_count(*Discriminator(discriminators::strided3())) == r2);
  CHECK(parameter_count(*Discriminator(discriminators::dcgan())) == dcgan);

  std::int64_t residual = convolution(3, 64, 4) + convolution(512, 1, 2);
  in = 64;
  for (const std::int64_t out : {128, 256, 512, 512}) {
    residual += convolution(in, out, 3) + convolution(out, out, 3) + 4 * out + convolution(in, out, 1);
    in = out;
  }
  CHECK(parameter_count(*Discriminator(discriminators::residual())) == residual);
}

TEST_CASE("R2's discriminator has ReLU in the first experiment and LeakyReLU on request", "[models]") {
  CHECK(discriminators::strided3().block.activation == Activation::relu);
  CHECK(discriminators::strided3(64, Activation::leaky_relu).block.activation == Activation::leaky_relu);
}

TEST_CASE("a preset can be written to run.json and rebuilt from it", "[models]") {
  for (const auto& options :
       {generators::csp128(), generators::csp_from_2x2(), generators::csp_stem64(), generators::csp(64)}) {
    const std::string text = to_json(to_value(options));
    CHECK(from_value<GeneratorOptions>(parse_json(text, "run.json"), "generator") == options);
  }
  for (const auto& options : {discriminators::strided3(), discriminators::dcgan(), discriminators::residual(),
                              discriminators::with_spectral_norm(discriminators::residual())}) {
    const std::string text = to_json(to_value(options));
    CHECK(from_value<DiscriminatorOptions>(parse_json(text, "run.json"), "discriminator") == options);
  }
}
