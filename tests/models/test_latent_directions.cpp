// The main directions of the latents against the layers that they are computed from.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <functional>
#include <string>

#include "cspgan/core/error.hpp"
#include "cspgan/models/generator.hpp"
#include "cspgan/models/latent_directions.hpp"
#include "cspgan/nn/convolution.hpp"
#include "cspgan/nn/normalization.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

constexpr std::int64_t latents = 12;

/// In evaluation mode, its running statistics and the weights of its norms far from their first values.
Generator used_generator(const GeneratorOptions& options) {
  const c10::AutoGradMode no_graph(false);
  at::manual_seed(3);
  Generator generator(options);
  for (const auto& module : generator->modules())
    if (auto* const norm = module->as<NormalizationImpl>()) {
      norm->weight.uniform_(0.3, 3);
      norm->running_var.uniform_(0.1, 4);
      norm->running_mean.uniform_(-1, 1);
    }
  generator->eval();
  return generator;
}

GeneratorOptions with_stem(StemKind kind) {
  return {.latent_size = latents, .image_size = 16, .channels = {8, 6}, .stem = {.kind = kind, .norm = Norm::batch}};
}

GeneratorOptions with_block_stem(Halves halves, std::int64_t kernel) {
  return {.latent_size = latents,
          .image_size = 16,
          .channels = {8, 6},
          .stem = {.kind = StemKind::block},
          .block = {.norm = Norm::batch, .conv1_kernel = kernel, .halves = halves}};
}

/// How far what a layer gives moves from a random place along each of `directions`, [K].
Tensor moves(const std::function<Tensor(const Tensor&)>& layer, const Tensor& directions) {
  const Tensor place = at::randn({1, latents});
  return (layer(place + directions) - layer(place)).flatten(1).norm(2, 1);
}

/// Holds the directions against the layers of the generator itself, whose norms are not folded.
void check_directions(const Generator& generator, const std::function<Tensor(const Tensor&)>& layer) {
  const c10::AutoGradMode no_graph(false);
  const LatentDirections found = main_directions(generator);
  REQUIRE(found.directions.sizes() == at::IntArrayRef({latents, latents}));
  CHECK(at::allclose(found.directions.matmul(found.directions.t()), at::eye(latents), 0, 1e-5));
  CHECK(at::allclose(moves(layer, found.directions), found.strengths, 1e-3, 1e-3));
  CHECK((found.strengths[0] / found.strengths[5]).item<float>() > 1.2);  // they do differ

  const auto largest = found.directions.gather(1, found.directions.abs().argmax(1, true));
  CHECK((largest > 0).all().item<bool>());

  // Of all vectors that are orthogonal to those before it, none moves the output further than each direction.
  const Tensor others = at::randn({2000, latents});
  for (const std::int64_t k : {0, 1, 4}) {
    const Tensor before = found.directions.slice(0, 0, k);
    const Tensor left = others - others.matmul(before.t()).matmul(before);
    const double furthest = moves(layer, left / left.norm(2, 1, true)).max().item<double>();
    CHECK(furthest <= found.strengths[k].item<double>() * 1.001);
    CHECK(furthest > found.strengths[k].item<double>() * 0.6);
  }
}

}  // namespace

TEST_CASE("no step of a latent moves the stem's output further than one along the first direction", "[models]") {
  for (const StemKind kind : {StemKind::linear, StemKind::transposed_4, StemKind::transposed_2}) {
    INFO(enum_name(kind));
    GeneratorOptions options = with_stem(kind);
    if (kind == StemKind::transposed_2) options.channels = {8, 6, 4};
    const Generator generator = used_generator(options);
    const auto stem = std::dynamic_pointer_cast<GeneratorStemImpl>(generator->named_children()["stem"]);
    check_directions(generator, [&](const Tensor& z) { return stem->forward(z); });
  }
}

TEST_CASE("of a block as the stem, the first convolutions on its two halves count together", "[models]") {
  for (const std::int64_t kernel : {1, 3}) {
    const Generator generator = used_generator(with_block_stem(Halves::split, kernel));
    const auto parts = generator->named_children()["stem"]->named_modules();
    const auto layer = [&](const std::string& name, const Tensor& z) {
      const auto convolution = std::dynamic_pointer_cast<ConvolutionImpl>(parts[name + ".convolution"]);
      const auto norm = std::dynamic_pointer_cast<NormalizationImpl>(parts[name + ".norm"]);
      return norm->forward(convolution->forward(z.unsqueeze(2).unsqueeze(3))).flatten(1);
    };
    check_directions(generator, [&](const Tensor& z) {
      const auto halves = z.chunk(2, 1);
      return at::cat({layer("a_up.layer", halves[0]), layer("b_conv1", halves[1])}, 1);
    });
  }
}

TEST_CASE("of a block with projections as the stem, both projections count", "[models]") {
  const Generator generator = used_generator(with_block_stem(Halves::projection, 1));
  const auto parts = generator->named_children()["stem"]->named_modules();
  check_directions(generator, [&](const Tensor& z) {
    std::vector<Tensor> outputs;
    for (const std::string name : {"a_projection", "b_projection"})
      outputs.push_back(std::dynamic_pointer_cast<ConvolutionLayerImpl>(parts[name])
                            ->forward(z.unsqueeze(2).unsqueeze(3))
                            .flatten(1));
    return at::cat(outputs, 1);
  });
}

TEST_CASE("some directions are the first of all, and a wrong number is refused", "[models]") {
  const Generator generator = used_generator(with_stem(StemKind::linear));
  const LatentDirections all = main_directions(generator), some = main_directions(generator, 3);
  CHECK(at::equal(some.directions, all.directions.slice(0, 0, 3)));
  CHECK(at::equal(some.strengths, all.strengths.slice(0, 0, 3)));
  CHECK(contains(message_of<OptionError>([&] { main_directions(generator, latents + 1); }), "not 13"));
}
