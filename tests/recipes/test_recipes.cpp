// Recipes: layering, paths, the parts they are made of.
#include <torch/nn/module.h>

#include "cspgan/recipes/recipe.hpp"

#include "cspgan/core/files.hpp"
#include "cspgan/policies/labels.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

Value table(const char* json) { return parse_json(json, "test"); }

}  // namespace

TEST_CASE("a recipe laid over another changes what it names and keeps the rest", "[programs]") {
  Value base =
      table(R"({"kimg": 10, "training": {"ema": {"half_life_kimg": 1, "ramp_up": 2}}, "policies": [{"name": "r1"}]})");
  merge(base, table(R"({"training": {"ema": {"ramp_up": 3}}, "policies": []})"));
  CHECK(base == table(R"({"kimg": 10, "training": {"ema": {"half_life_kimg": 1, "ramp_up": 3}}, "policies": []})"));
}

TEST_CASE("one way to say a run's length replaces the others", "[programs]") {
  Value base = table(R"({"kimg": 10})");
  merge(base, table(R"({"epochs": 2})"));
  CHECK(base.at("kimg").is_null());
  CHECK(base.at("epochs").number() == 2);
}

TEST_CASE("a table of another name replaces, of the same name merges", "[programs]") {
  Value base = table(R"({"schedule": {"name": "step", "gamma": 0.9}})");
  merge(base, table(R"({"schedule": {"gamma": 0.5}})"));
  CHECK(base.at("schedule").at("gamma").number() == 0.5);
  merge(base, table(R"({"schedule": {"name": "linear"}})"));
  CHECK(base.at("schedule").find("gamma") == nullptr);
}

TEST_CASE("options are set by path, through policies by name", "[programs]") {
  Value value = table(R"({"policies": [{"name": "r1", "gamma": 1.0}, {"name": "lecam"}], "seed": 1})");
  set_option(value, "policies.r1.gamma", "0.25");
  set_option(value, "training.ema.ramp_up", "0.1");
  set_option(value, "loss", "hinge");
  set_option(value, "seed", "7");
  CHECK(value.at("policies").array()[0].at("gamma").number() == 0.25);
  CHECK(value.at("training").at("ema").at("ramp_up").number() == 0.1);
  CHECK(value.at("loss").string() == "hinge");
  CHECK(value.at("seed").integer() == 7);
  CHECK(contains(message_of<OptionError>([&] { set_option(value, "policies.r2.gamma", "1"); }), "did you mean 'r1'?"));
  CHECK(contains(message_of<OptionError>([&] { set_option(value, "seed.deeper", "1"); }), "not a table"));
}

TEST_CASE("every built-in recipe makes networks, loss and policies that fit together", "[programs]") {
  for (const RecipeSource& source : builtin_recipes()) {
    INFO(source.name);
    const auto recipe = from_value<Recipe>(find_recipe(source.name).table, "");
    CHECK(recipe.name == source.name);
    CHECK(!recipe.summary.empty());
    CHECK(recipe.generator_options().image_size == recipe.image_size);
    CHECK(recipe.discriminator_options().image_size == recipe.image_size);
    CHECK_NOTHROW(require_compatible(recipe.make_loss(), recipe.make_policies()));
    CHECK(recipe.run_options().total_images(1000, recipe.batch_size) > 0);
  }
}

TEST_CASE("R2-2 is R2-1 with LeakyReLU and the soft labels of its report", "[programs]") {
  const auto first = from_value<Recipe>(find_recipe("b1").table, ""),
             second = from_value<Recipe>(find_recipe("b2").table, "");
  CHECK(first.policies.empty());
  REQUIRE(second.policies.size() == 1);
  const auto soft = second.make_policies();
  REQUIRE(soft[0].get_if<SoftLabels>() != nullptr);
  CHECK(*soft[0].get_if<SoftLabels>() == SoftLabels{.real = {0.7, 0.9}, .fake = {0.1, 0.3}});
  CHECK(second.generator_options() == first.generator_options());
  CHECK(second.discriminator_options().block.activation == Activation::leaky_relu);
  CHECK(second.batch_size == 256);
}

TEST_CASE("a recipe survives the way through its printed form", "[programs]") {
  const cspgan_test::TemporaryFolder folder;
  for (const RecipeSource& source : builtin_recipes()) {
    INFO(source.name);
    const auto recipe = from_value<Recipe>(find_recipe(source.name).table, "");
    Recipe printed = recipe;
    printed.parent.clear();
    write_file_atomically(folder.path() / "printed.toml", to_toml_text(printed));
    const auto again = from_value<Recipe>(find_recipe((folder.path() / "printed.toml").string()).table, "");
    CHECK(to_json(to_value(again)) == to_json(to_value(printed)));
  }
}

TEST_CASE("a mistake in a recipe is named with its path", "[programs]") {
  const auto message_for = [](const char* json) {
    return message_of<OptionError>([&] {
      const auto recipe = from_value<Recipe>(table(json), "");
      recipe.generator_options();
      recipe.make_policies();
    });
  };
  CHECK(contains(message_for(R"({"generator": {"preset": "csp12"}})"), "csp128"));
  CHECK(contains(message_for(R"({"generator": {"block": {"nrom": "batch"}}})"), "generator.block.nrom"));
  CHECK(contains(message_for(R"({"policies": [{"name": "soft_labels", "real": [0.9, 0.7]}]})"), "0.9"));
  CHECK(contains(message_for(R"({"image_size": 48})"), "48"));
  CHECK(contains(message_for(R"({"training": {"generator_optimizer": {"name": "adm"}}})"), "'adam'"));
}
