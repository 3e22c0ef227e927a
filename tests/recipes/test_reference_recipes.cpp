// The recipes of the reference systems, at the sizes of their sources: shapes, parameter counts, two steps. The counts
// are sums over the layers that docs/references.md describes, written out here once more.
#include <ATen/ops/rand.h>

#include <map>
#include <string>
#include <vector>

#include "cspgan/nn/module_tools.hpp"
#include "cspgan/recipes/make_trainer.hpp"
#include "support/catch.hpp"

using namespace cspgan;

namespace {

using Count = std::int64_t;

Count convolution(Count in, Count out, Count kernel, bool bias = true) {
  return in * out * kernel * kernel + (bias ? out : 0);
}
Count norm(Count channels) { return 2 * channels; }

/// Path A: transposed 4/2/1. Path B: conv1, transposed 4/2/1, two 3x3 convolutions. Each path has half of the channels.
Count csp_block(Count in, Count out, Count conv1, bool norms) {
  const Count half = in / 2;
  return 2 * convolution(half, out, 4) + convolution(half, half, conv1) + 2 * convolution(out, out, 3) +
         (norms ? 4 * norm(out) + norm(half) : 0);
}

/// z of 100 to 4x4, blocks, a transposed convolution to the image; `channels` after the stem and each block.
Count reference_generator(const std::vector<Count>& channels, bool norms) {
  Count sum = convolution(100, channels.front(), 4);
  for (std::size_t i = 0; i + 1 < channels.size(); ++i) sum += csp_block(channels[i], channels[i + 1], 1, norms);
  return sum + convolution(channels.back(), 3, 4);
}

Count generator_b() {
  Count sum = convolution(100, 512, 2, false) + norm(512);
  for (Count in = 512; in > 16; in /= 2) sum += csp_block(in, in / 2, 1, false);
  return sum + convolution(16, 3, 4, false);
}

Count generator_d() {
  return csp_block(100, 512, 3, true) + csp_block(512, 256, 3, true) + csp_block(256, 128, 3, true) +
         csp_block(128, 64, 3, true) + csp_block(64, 3, 3, true);
}

/// Convolutions 4/2/1 from `base` features down to 4x4, the norms except in the first, and one with kernel 4.
Count dcgan(Count base, int blocks, bool norms, bool biases = false) {
  Count sum = convolution(3, base, 4, biases), in = base;
  for (int block = 1; block < blocks; ++block, in *= 2)
    sum += convolution(in, 2 * in, 4, biases) + (norms ? norm(2 * in) : 0);
  return sum + convolution(in, 1, 4, false);
}

Count discriminator_b(bool norms) {
  Count sum = 0, in = 3;
  for (Count out = 64; out <= 1024; in = out, out *= 2) sum += convolution(in, out, 3) + (norms ? norm(out) : 0);
  return sum + convolution(1024, 1, 4);
}

Count residual_block(Count in, Count out) {
  return convolution(in, out, 3) + norm(out) + convolution(out, out, 3) + norm(out) + convolution(in, out, 1);
}

Count discriminator_d2() {
  return convolution(3, 64, 4) + residual_block(64, 128) + residual_block(128, 256) + residual_block(256, 512) +
         residual_block(512, 512) + convolution(512, 1, 2);
}

struct Expected {
  Count size, generator, discriminator;
};

const std::map<std::string, Expected>& references() {
  static const std::map<std::string, Expected> all = [] {
    const Expected a{128, reference_generator({1024, 512, 256, 128, 64}, true), dcgan(64, 5, true)};
    const Expected b{128, generator_b(), discriminator_b(true)},
        b_without_norm{128, b.generator, discriminator_b(false)};
    const Expected d1{64, generator_d(), dcgan(64, 4, true)}, d2{64, d1.generator, discriminator_d2()};
    const Expected e0{128, reference_generator({1024, 512, 256, 128, 64}, false), dcgan(64, 5, true)};
    std::map<std::string, Expected> made{
        {"a4", {128, reference_generator({1536, 768, 384, 192, 96}, true), dcgan(32, 5, true)}},
        {"c", {128, b.generator, dcgan(64, 5, false, true)}}};
    for (const char* name : {"a1", "a2", "a3"}) made[name] = a;
    for (const char* name : {"b1", "b2", "b3", "b4", "slow_d", "light_d", "r1_weight2"}) made[name] = b;
    for (const char* name : {"penalty_none", "penalty_r1", "penalty_r2", "penalty_lecam", "penalty_wgan_gp"})
      made[name] = b_without_norm;
    made["d1"] = d1;
    for (const char* name : {"d2", "d3", "d4", "d5"}) made[name] = d2;
    for (const char* name : {"e0", "e1"}) made[name] = e0;
    for (const char* name : {"e2", "e3", "e4"}) made[name] = a;
    return made;
  }();
  return all;
}

}  // namespace

TEST_CASE("each recipe of a reference system has the networks of its source and takes two steps", "[recipes]") {
  for (const auto& [name, expected] : references()) {
    INFO(name);
    const Recipe recipe = from_value<Recipe>(find_recipe(name).table, "");
    CHECK(recipe.image_size == expected.size);
    AnyTrainer trainer = make_trainer(recipe);
    CHECK(parameter_count(*trainer.generator()) == expected.generator);
    CHECK(parameter_count(*trainer.discriminator()) == expected.discriminator);
    for (int step = 0; step < 2; ++step) trainer.step(at::rand({2, 3, expected.size, expected.size}) * 2 - 1);
    const Tensor images = trainer.sample(at::rand({2, 100}));
    CHECK((images.sizes() == at::IntArrayRef{2, 3, expected.size, expected.size}));
    CHECK((trainer.discriminator()->forward(images).sizes() == at::IntArrayRef{2}));
  }
}

TEST_CASE("each built-in recipe takes a step at 32 pixels", "[recipes]") {
  for (const RecipeSource& source : builtin_recipes()) {
    INFO(source.name);
    Value table = find_recipe(source.name).table;
    set_option(table, "image_size", "32");
    const Recipe recipe = from_value<Recipe>(table, "");
    AnyTrainer trainer = make_trainer(recipe);
    trainer.step(at::rand({4, 3, 32, 32}) * 2 - 1);
    CHECK((trainer.sample(at::rand({2, recipe.generator.latent_size})).sizes() == at::IntArrayRef{2, 3, 32, 32}));
  }
}

TEST_CASE("each built-in recipe but the library's own is tested as a reference", "[recipes]") {
  for (const RecipeSource& recipe : builtin_recipes())
    if (recipe.name != "faces" && recipe.name != "avatars" && recipe.name != "wells")
      CHECK(references().contains(recipe.name));
}
