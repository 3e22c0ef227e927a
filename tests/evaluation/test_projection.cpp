// Searching latents: what a generator drew itself is found again.
#include <ATen/ATen.h>

#include <cmath>

#include "cspgan/core/error.hpp"
#include "cspgan/evaluation/projection.hpp"
#include "cspgan/models/generator.hpp"
#include "cspgan/models/latents.hpp"
#include "cspgan/models/sampler.hpp"
#include "cspgan/report/images.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

constexpr std::int64_t latent_size = 16;

/// Of untrained weights, enlarged so that its images differ.
Generator contrasting_generator() {
  const torch::NoGradGuard no_gradients;
  at::manual_seed(5);
  Generator generator(GeneratorOptions{.latent_size = latent_size,
                                       .image_size = 16,
                                       .base_channels = 8,
                                       .max_channels = 16,
                                       .stem = {.kind = StemKind::linear},
                                       .head = {.kind = HeadKind::convolution_3}});
  for (at::Tensor& weight : generator->parameters()) weight.mul_(2);
  generator->eval();
  return generator;
}

const ProjectionOptions small{.candidates = 256, .starts = 4, .steps = 250, .prior = 0};

/// Root mean square differences of [N, ...], in gray levels.
Tensor differences(const Tensor& a, const Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).square().flatten(1).mean(1).sqrt();
}

}  // namespace

TEST_CASE("pictures that the generator drew are found again, by the gradient and not by chance", "[evaluation]") {
  const Generator generator = contrasting_generator();
  const Sampler sampler(generator);
  const Tensor hidden = indexed_latents(99, 0, 3, latent_size), images = to_bytes(sampler(hidden));
  REQUIRE(diversity(images) > 20);
  const Projection found = project(generator, images, small);
  CHECK(found.start_residuals.min().item<float>() > 10);
  CHECK(found.residuals.max().item<float>() < 1);
  CHECK((found.latents - hidden).abs().max().item<float>() < 0.2);
  CHECK(at::allclose(differences(to_bytes(sampler(found.latents)), images), found.residuals.to(at::kDouble), 0, 0.05));

  // The start is the best candidate of all, and without steps it is the result.
  const Tensor candidates = indexed_latents(0, 0, 256, latent_size);
  const Tensor distances = differences(to_bytes(sampler(candidates)), images[0].expand({256, -1, -1, -1}));
  CHECK(distances.min().item<double>() > 0.9 * found.start_residuals[0].item<float>());
  const Projection unmoved = project(generator, images, {.candidates = 256, .starts = 1, .steps = 0});
  CHECK(at::equal(unmoved.latents, found.start_latents));
  CHECK(at::equal(unmoved.residuals, found.start_residuals));
}

TEST_CASE("a projection is a function of its options, and one picture's does not depend on the others",
          "[evaluation]") {
  const Generator generator = contrasting_generator();
  const Tensor images = to_bytes(Sampler(generator)(indexed_latents(99, 0, 3, latent_size)));
  const ProjectionOptions short_way{.candidates = 64, .starts = 2, .steps = 20};
  const Projection all = project(generator, images, short_way), again = project(generator, images, short_way);
  CHECK(at::equal(all.latents, again.latents));
  CHECK(
      at::allclose(project(generator, images.slice(0, 1, 2), short_way).latents, all.latents.slice(0, 1, 2), 0, 1e-4));
}

TEST_CASE("the prior keeps latents as long as random ones", "[evaluation]") {
  const Generator generator = contrasting_generator();
  const Tensor images = to_bytes(Sampler(generator)(2 * indexed_latents(99, 0, 2, latent_size)));
  const auto lengths = [&](double prior) {
    return project(generator, images, {.candidates = 256, .starts = 2, .steps = 100, .prior = prior})
        .latents.square()
        .mean(1);
  };
  CHECK(lengths(0).min().item<float>() > 1.8);
  CHECK((lengths(10) - 1).abs().max().item<float>() < 0.3);
}

TEST_CASE("wrong pictures and options are refused", "[evaluation]") {
  const Generator generator = contrasting_generator();
  const auto error = [&](const Tensor& images) { return message_of<Error>([&] { project(generator, images); }); };
  CHECK(contains(error(at::zeros({2, 3, 8, 8}, at::kByte)), "uint8 [N >= 1, 3, 16, 16], not uint8 [2, 3, 8, 8]"));
  CHECK(contains(error(at::zeros({2, 3, 16, 16})), "float32"));
  CHECK(contains(error({}), "undefined"));
  CHECK(contains(message_of<OptionError>([] { ProjectionOptions{.candidates = 2}.validate(); }), "candidates"));
}
