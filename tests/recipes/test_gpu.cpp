// What a GPU computes, beside what the CPU computes. Skipped, saying so, if there is no GPU.
#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/softplus.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/nn/module.h>

#include <algorithm>
#include <cmath>

#include "cspgan/core/device.hpp"
#include "cspgan/losses/registry.hpp"
#include "cspgan/models/named_presets.hpp"
#include "cspgan/models/sampler.hpp"
#include "cspgan/policies/registry.hpp"
#include "cspgan/recipes/make_trainer.hpp"
#include "cspgan/recipes/recipe.hpp"
#include "support/catch.hpp"
#include "support/trainer_state.hpp"

using namespace cspgan;
using cspgan_test::first_difference;
using cspgan_test::state_of;

namespace {

bool gpu_is_missing() {
  if (at::hasCUDA()) return false;
  WARN("skipped: LibTorch sees no GPU");
  return true;
}

/// |a - b| / |b|, in double.
double relative_error(const Tensor& a, const Tensor& b) {
  const Tensor x = a.detach().to(at::kCPU, at::kDouble), y = b.detach().to(at::kCPU, at::kDouble);
  return (x - y).norm().item<double>() / std::max(1e-12, y.norm().item<double>());
}

/// A part of a recipe, by its key, and what it becomes.
using Choice = std::pair<std::string, std::string>;

Recipe gpu_recipe(const Choice& choice, const std::string& device, const std::string& precision = "float32") {
  Value table =
      parse_json(R"({"image_size": 32, "generator": {"base_channels": 4, "max_channels": 16, "latent_size": 8},
                               "discriminator": {"base_channels": 4, "max_channels": 16}})",
                 "test");
  table.set("device", device);
  table.set("training", Value::Object{{"precision", precision}});
  table.set(choice.first, parse_json(choice.second, "test"));
  return from_value<Recipe>(table, "");
}

/// Every part that a recipe can choose, one at a time.
std::vector<Choice> choices() {
  std::vector<Choice> all;
  for (const std::string& name : policies().names()) all.emplace_back("policies", R"([{"name": ")" + name + "\"}]");
  for (const std::string& name : losses().names()) all.emplace_back("loss", '"' + name + '"');
  for (const auto& [upsample, name] : EnumNames<Upsample>::names)
    all.emplace_back("generator", R"({"base_channels": 4, "max_channels": 16, "block": {"upsample": ")" +
                                      std::string(name) + "\"}}");
  for (const std::string& name : generators::preset_names())
    all.emplace_back("generator", R"({"preset": ")" + name + "\"}");
  for (const std::string& name : discriminators::preset_names())
    all.emplace_back("discriminator", R"({"preset": ")" + name + "\"}");
  return all;
}

/// The gradients of all weights, in one vector: of a generator's loss, and of a discriminator's with R1's penalty. In
/// float64, so that no ReLU's kink lies between two roundings. The networks stay in float64.
std::pair<Tensor, Tensor> gradients_of(AnyTrainer& trainer, const Tensor& latents, const Tensor& real) {
  const at::TensorOptions there = at::TensorOptions(trainer.device()).dtype(at::kDouble);
  trainer.generator()->to(at::kDouble);
  trainer.discriminator()->to(at::kDouble);
  Generator generator = trainer.generator();
  Discriminator discriminator = trainer.discriminator();
  const auto gradient = [](const Tensor& loss, const torch::nn::Module& network) {
    std::vector<Tensor> flat;
    for (const Tensor& part : torch::autograd::grad({loss}, network.parameters(), {}, false, false, true))
      if (part.defined()) flat.push_back(part.flatten());
    return at::cat(flat);
  };
  const Tensor fake = generator->forward(latents.to(there));
  Tensor images = real.to(there).requires_grad_();
  const Tensor scores = discriminator->forward(images);
  const Tensor slope = torch::autograd::grad({scores.sum()}, {images}, {}, true, true)[0];
  const Tensor loss = at::softplus(-scores).mean() + slope.square().sum();
  return {gradient(at::softplus(-discriminator->forward(fake)).mean(), *generator), gradient(loss, *discriminator)};
}

void check_steps(AnyTrainer& trainer, const Tensor& images) {
  for (int i = 0; i < 3; ++i)
    for (const auto& [name, value] : trainer.step(images).scalars) {
      INFO(name);
      CHECK(std::isfinite(value.item<double>()));
    }
}

}  // namespace

TEST_CASE("networks and their gradients are on a GPU what they are on the CPU", "[recipes][gpu]") {
  if (gpu_is_missing()) return;
  const FullPrecisionScope precision;
  for (const Choice& choice : choices()) {
    INFO(choice.first << " = " << choice.second);
    AnyTrainer cpu = make_trainer(gpu_recipe(choice, "cpu")), gpu = make_trainer(gpu_recipe(choice, "cuda"));
    const Tensor latents = at::randn({8, cpu.generator()->latent_size()}), real = at::rand({8, 3, 32, 32}) * 2 - 1;
    CHECK(relative_error(gpu.sample(latents), cpu.sample(latents)) < 1e-4);
    CHECK(relative_error(Sampler(gpu.ema())(latents), Sampler(cpu.ema())(latents)) < 1e-4);
    const auto [generator, discriminator] = gradients_of(gpu, latents, real);
    const auto [true_generator, true_discriminator] = gradients_of(cpu, latents, real);
    CHECK(relative_error(generator, true_generator) < 1e-9);
    CHECK(relative_error(discriminator, true_discriminator) < 1e-9);
  }
}

TEST_CASE("a run on a GPU goes on there with the same bits, and on the CPU and back", "[recipes][gpu]") {
  if (gpu_is_missing()) return;
  const Tensor images = at::rand({8, 3, 32, 32}) * 2 - 1;
  for (const char* precision : {"float32", "bfloat16"})
    for (const Choice& choice : choices()) {
      INFO(precision << ", " << choice.first << " = " << choice.second);
      const Recipe recipe = gpu_recipe(choice, "cuda", precision);
      AnyTrainer trainer = make_trainer(recipe);
      check_steps(trainer, images);
      const TensorFile saved = state_of(trainer);
      check_steps(trainer, images);
      AnyTrainer again = make_trainer(recipe);
      again.load(saved);
      check_steps(again, images);
      CHECK(first_difference(state_of(trainer), state_of(again)) == "");

      AnyTrainer elsewhere = make_trainer(gpu_recipe(choice, "cpu", precision));
      elsewhere.load(saved);
      check_steps(elsewhere, images);
      again.load(state_of(elsewhere));
      check_steps(again, images);
    }
}
