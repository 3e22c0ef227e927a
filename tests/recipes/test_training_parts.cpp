// Parts of a run that recipes choose, put together: number formats, and the weights of another run.
#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/rand.h>
#include <torch/nn/module.h>

#include "cspgan/losses/registry.hpp"
#include "cspgan/models/named_presets.hpp"
#include "cspgan/policies/registry.hpp"
#include "cspgan/recipes/make_trainer.hpp"
#include "cspgan/recipes/recipe.hpp"
#include "cspgan/recipes/run_description.hpp"
#include "support/catch.hpp"
#include "support/trainer_state.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::first_difference;
using cspgan_test::message_of;
using cspgan_test::state_of;

namespace {

Recipe small_recipe(const std::string& changes) {
  const std::string json =
      R"({"image_size": 32, "generator": {"base_channels": 4, "max_channels": 16, "latent_size": 8},
          "discriminator": {"base_channels": 4, "max_channels": 16})" +
      changes + "}";
  return from_value<Recipe>(parse_json(json, "test"), "");
}

/// Two steps, a save, two more; and the same two from the save, in a new trainer.
void check_finite_and_exact(const Recipe& recipe) {
  AnyTrainer trainer = make_trainer(recipe);
  const Tensor images = at::rand({4, 3, 32, 32}) * 2 - 1;
  const auto two_steps = [&](AnyTrainer& which) {
    for (int i = 0; i < 2; ++i)
      for (const auto& [name, value] : which.step(images).scalars) CHECK(std::isfinite(value.item<double>()));
  };
  two_steps(trainer);
  const TensorFile saved = state_of(trainer);  // refuses what is not finite
  two_steps(trainer);
  AnyTrainer again = make_trainer(recipe);
  again.load(saved);
  two_steps(again);
  CHECK(first_difference(state_of(trainer), state_of(again)) == "");
}

}  // namespace

TEST_CASE("bfloat16 takes finite steps and resumes exactly with every policy, penalty, loss and discriminator",
          "[recipes]") {
  const std::string precision = R"(, "training": {"precision": "bfloat16"})";
  for (const std::string& policy : policies().names()) {
    INFO(policy);
    check_finite_and_exact(small_recipe(precision + R"(, "policies": [{"name": ")" + policy + "\"}]"));
  }
  for (const std::string& loss : losses().names()) {
    INFO(loss);
    check_finite_and_exact(small_recipe(precision + R"(, "loss": ")" + loss + "\""));
  }
  for (const std::string& preset : discriminators::preset_names()) {
    INFO(preset);
    Recipe recipe = small_recipe(precision);
    Value table = to_value(recipe);
    table.set("discriminator", Value::Object{{"preset", preset}});
    check_finite_and_exact(from_value<Recipe>(table, ""));
  }
}

TEST_CASE("a run starts from the weights of another, as far as they fit", "[recipes]") {
  AnyTrainer before = make_trainer(small_recipe(""));
  before.step(at::rand({4, 3, 32, 32}) * 2 - 1);
  const TensorFile saved = state_of(before);

  AnyTrainer same = make_trainer(small_recipe(R"(, "seed": 7)"));
  const InitializedNetworks all = same.initialize(saved);
  CHECK(all.generator.left.empty());
  CHECK(all.ema.left.empty());
  CHECK(all.discriminator.left.empty());
  CHECK(same.steps() == 0);
  const TensorFile now = state_of(same);
  for (const auto& [name, tensor] : now.tensors)
    if (name.starts_with("generator") || name.starts_with("discriminator"))
      CHECK(at::equal(tensor, saved.tensor(name)));

  // At twice the size the generator has one more coarse block, and the discriminator one more fine one.
  Value table = to_value(small_recipe(""));
  table.set("image_size", 64);
  for (const char* network : {"generator", "discriminator"})
    table.set(network, Value::Object{{"base_channels", 4}, {"max_channels", 16}});
  table["generator"].set("latent_size", 8);
  AnyTrainer larger = make_trainer(from_value<Recipe>(table, ""));
  const InitializedNetworks some = larger.initialize(saved);
  const auto old_generator = before.generator()->named_parameters(),
             new_generator = larger.generator()->named_parameters();
  const std::int64_t old_blocks = 3;
  for (std::int64_t block = 0; block < old_blocks; ++block) {
    const std::string from = "block" + std::to_string(block) + ".", to = "block" + std::to_string(block + 1) + ".";
    for (const auto& item : old_generator)
      if (item.key().starts_with(from))
        CHECK(at::equal(new_generator[to + item.key().substr(from.size())], item.value()));
  }
  for (const std::string& name : some.generator.left)
    CHECK_THAT(name, Catch::StartsWith("stem") || Catch::StartsWith("block0."));
  CHECK(some.generator.taken > 20);
  CHECK(some.discriminator.taken > 4);

  AnyTrainer other = make_trainer(from_value<Recipe>(
      parse_json(R"({"image_size": 32, "generator": {"base_channels": 6, "max_channels": 24, "latent_size": 8}})",
                 "test"),
      ""));
  const auto untouched = state_of(other).tensors;
  CHECK(
      contains(message_of<Error>([&] { other.initialize(saved); }), "less than a tenth"));  // but the head's bias fits
  const auto after = state_of(other).tensors;
  REQUIRE(after.size() == untouched.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    CAPTURE(after[i].first);
    CHECK(at::equal(after[i].second, untouched[i].second));
  }

  TensorFile nothing;
  nothing.tensors.emplace_back("generator.other", at::rand({2}));
  CHECK(
      contains(message_of<Error>([&] { larger.initialize(nothing); }), "less than a tenth of this one's weights fit"));
}

TEST_CASE("a run that goes on with another kind of device says that it is no longer exact", "[recipes]") {
  const Value here = Value::Object{{"device", "cpu"}, {"data", Value::Object{{"fingerprint", "xxh3:0"}}}};
  Value there = here;
  there.set("device", "cuda:1");
  CHECK(
      changes_of_run(there, here) ==
      std::vector<std::string>{"this run continues on cpu and was on cuda: it is not the run that it would have been"});
  Value other = there;
  other.set("device", "cuda:0");
  CHECK(changes_of_run(there, other).empty());
}
