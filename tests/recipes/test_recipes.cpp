// Recipes: layering, paths, the parts they are made of.
#include <torch/nn/module.h>

#include "cspgan/recipes/recipe.hpp"

#include "cspgan/core/differences.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/policies/labels.hpp"
#include "cspgan/policies/policies.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <algorithm>

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

Value table(std::string_view json) { return parse_json(json, "test"); }

Recipe recipe_of(std::string_view json) { return from_value<Recipe>(table(json), ""); }

Recipe named_recipe(std::string_view name) { return from_value<Recipe>(find_recipe(name).table, ""); }

std::string refusal_of(std::string_view json) {
  return message_of<OptionError>([&] { recipe_of(json); });
}

/// The recipe that comes back from the printed form of `recipe`, which has no parent any more.
Recipe printed_and_read(Recipe recipe, const Value& over = Value(Value::Object{})) {
  const cspgan_test::TemporaryFolder folder;
  recipe.parent.clear();
  write_file_atomically(folder.path() / "printed.toml", to_toml_text(recipe));
  Value read = find_recipe((folder.path() / "printed.toml").string()).table;
  merge_tables(read, over);
  return from_value<Recipe>(read, "");
}

}  // namespace

TEST_CASE("a recipe laid over another changes what it names and keeps the rest", "[recipes]") {
  Value base =
      table(R"({"kimg": 10, "training": {"ema": {"half_life_kimg": 1, "ramp_up": 2}}, "policies": [{"name": "r1"}]})");
  merge_tables(base, table(R"({"training": {"ema": {"ramp_up": 3}}, "policies": []})"));
  CHECK(base == table(R"({"kimg": 10, "training": {"ema": {"half_life_kimg": 1, "ramp_up": 3}}, "policies": []})"));
}

TEST_CASE("one way to say a run's length replaces the others", "[recipes]") {
  Value base = table(R"({"kimg": 10})");
  merge_tables(base, table(R"({"epochs": 2})"));
  CHECK(base.at("kimg").is_null());
  CHECK(base.at("epochs").number() == 2);
}

TEST_CASE("a table of another name replaces, of the same name merges", "[recipes]") {
  Value base = table(R"({"schedule": {"name": "step", "gamma": 0.9}})");
  merge_tables(base, table(R"({"schedule": {"gamma": 0.5}})"));
  CHECK(base.at("schedule").at("gamma").number() == 0.5);
  merge_tables(base, table(R"({"schedule": {"name": "linear"}})"));
  CHECK(base.at("schedule").find("gamma") == nullptr);
}

TEST_CASE("options are set by path, through policies by name", "[recipes]") {
  Value value = table(R"({"policies": [{"name": "r1", "gamma": 1.0}, {"name": "lecam"}], "seed": 1})");
  set_option(value, "policies.r1.gamma", "0.25");
  set_option(value, "training.ema.ramp_up", "0.1");
  set_option(value, "loss", "hinge");
  set_option(value, "seed", "7");
  CHECK(value.at("policies").array()[0].at("gamma").number() == 0.25);
  CHECK(value.at("training").at("ema").at("ramp_up").number() == 0.1);
  CHECK(value.at("loss").string() == "hinge");
  CHECK(value.at("seed").integer() == 7);
  CHECK(contains(message_of<OptionError>([&] { set_option(value, "policies.r3.gamma", "1"); }), "did you mean 'r1'?"));
  CHECK(contains(message_of<OptionError>([&] { set_option(value, "policies.r2.gamma", "1"); }),
                 "this recipe has no 'r2' among its policies (r1, lecam)"));
  CHECK(contains(message_of<OptionError>([&] { set_option(value, "seed.deeper", "1"); }), "not a table"));
}

TEST_CASE("every built-in recipe makes networks, loss and policies that fit together", "[recipes]") {
  for (const RecipeSource& source : builtin_recipes()) {
    INFO(source.name);
    const Recipe recipe = named_recipe(source.name);
    CHECK(recipe.name == source.name);
    CHECK(!recipe.summary.empty());
    CHECK(recipe.generator.image_size == recipe.image_size);
    CHECK(recipe.discriminator.image_size == recipe.image_size);
    CHECK_NOTHROW(require_compatible(recipe.loss, PolicyList(recipe.policies)));
    CHECK(recipe.run_options().total_images(1000, recipe.batch_size) > 0);
  }
}

TEST_CASE("b2 is b1 with LeakyReLU and the soft labels of its report", "[recipes]") {
  const Recipe first = named_recipe("b1"), second = named_recipe("b2");
  CHECK(first.policies.empty());
  REQUIRE(second.policies.size() == 1);
  REQUIRE(second.policies[0].get_if<SoftLabels>() != nullptr);
  CHECK(*second.policies[0].get_if<SoftLabels>() == SoftLabels{.real = {0.7, 0.9}, .fake = {0.1, 0.3}});
  CHECK(second.generator == first.generator);
  CHECK(second.discriminator.block.activation == Activation::leaky_relu);
  CHECK(second.batch_size == 256);
}

TEST_CASE("a recipe survives the way through its printed form", "[recipes]") {
  for (const RecipeSource& source : builtin_recipes()) {
    for (const std::int64_t image_size : {32, 128}) {
      INFO(source.name << " at " << image_size);
      Value changed = find_recipe(source.name).table;
      changed.set("image_size", image_size);
      set_option(changed, "generator.base_channels", "24");
      set_option(changed, "discriminator.block.activation", "relu");
      Recipe recipe = from_value<Recipe>(changed, "");
      const Recipe again = printed_and_read(recipe);
      recipe.parent.clear();
      CHECK(to_json(to_value(again)) == to_json(to_value(recipe)));
      CHECK(again.generator == recipe.generator);
      CHECK(again.discriminator == recipe.discriminator);
    }
  }
}

TEST_CASE("a printed recipe shows every option of networks, loss and policies, and which preset they came from",
          "[recipes]") {
  const Recipe recipe = recipe_of(R"({"loss": "hinge", "generator": {"preset": "csp_stem64", "latent_size": 7},
                                      "policies": [{"name": "instance_noise"}]})");
  const Value printed = to_value(recipe);
  CHECK(printed.at("generator").at("preset").string() == "csp_stem64");
  CHECK(printed.at("generator").at("latent_size").integer() == 7);
  CHECK(printed.at("generator").at("block").at("conv1_kernel").integer() == 3);
  CHECK(printed.at("discriminator").at("head").at("minibatch_stddev").integer() == 0);
  CHECK(printed.at("loss") == table(R"({"name": "hinge", "discriminator_weight": 1.0})"));
  CHECK(printed.at("policies").array()[0].at("sigma").number() == 0.1);
  CHECK(contains(to_toml_text(recipe), "until_kimg = \"none\"\n"));
}

TEST_CASE("a printed recipe has the shortest numbers, its options in the order of the library, and any text",
          "[recipes]") {
  Recipe recipe;
  recipe.loader.max_bad_share = 0.1;
  recipe.training.generator_optimizer = Adam{.learning_rate = 2e-5, .epsilon = 1e-8};
  recipe.summary = "a \"b\" \\ 'c'\nd \x7f \xc3\xbc [e] # f = {";
  const std::string text = to_toml_text(recipe);
  CHECK(contains(text, "max_bad_share = 0.1\n"));
  CHECK(contains(text, "learning_rate = 2e-05\n"));
  CHECK(text.find("\nimage_size") < text.find("\nbatch_size"));
  CHECK(text.find("[generator.stem]") < text.find("[generator.block]"));
  CHECK(printed_and_read(recipe).summary == recipe.summary);
}

TEST_CASE("what a recipe reached is said of it, is no option, and is not said of recipes made from it", "[recipes]") {
  const cspgan_test::TemporaryFolder folder;
  const std::string measured = (folder.path() / "measured.toml").string(),
                    child = (folder.path() / "child.toml").string();
  write_file_atomically(
      measured,
      "batch_size = 8\nkimg = 1\n"
      "[[measured]]\ndata = \"CelebA\"\nimages = 4400\nimage_size = 32\nkimg = 100\nbatch_size = 16\n"
      "distance = [30, 28.04]\nrecall = [0.1, 0.123]\n"
      "[[measured]]\ndata = \"FFHQ\"\nimages = 1100\nimage_size = 32\nkimg = 12.5\nremark = \"collapsed\"\n"
      "[[measured]]\ndata = \"avatars\"\nimage_size = 32\nkimg = 100\nstyles = [1505, 980]\n");
  write_file_atomically(child, "parent = \"" + measured + "\"\nseed = 3\n");
  const std::vector<Outcome> outcomes = find_recipe(measured).measured;
  REQUIRE(outcomes.size() == 3);
  CHECK(outcome_text(outcomes[0]) ==
        "CelebA (4,400 images), 32 pixels, 100 kimg, batch 16: Fréchet distance 30.0, 28.0, recall 0.10, 0.12");
  CHECK(outcome_text(outcomes[1]) == "FFHQ (1,100 images), 32 pixels, 12.5 kimg: collapsed");
  CHECK(outcome_text(outcomes[2]) == "avatars, 32 pixels, 100 kimg: 1,505; 980 styles in 2,000 (true ones have 1,577)");
  CHECK(closest_outcome(outcomes, false, 64, 100) == nullptr);
  CHECK(closest_outcome(outcomes, false, 32, 1000) == &outcomes[0]);
  CHECK(closest_outcome(outcomes, false, 32, 30) == &outcomes[1]);  // 2.4 times, and 3.3 times
  CHECK(closest_outcome(outcomes, true, 32, 30) == &outcomes[2]);
  CHECK(closest_outcome(outcomes, true, 64, 30) == nullptr);
  CHECK(find_recipe(measured).table.find("measured") == nullptr);
  CHECK(find_recipe(child).measured.empty());
  CHECK(named_recipe(child).batch_size == 8);
  write_file_atomically(measured, "measured = 30\n");
  CHECK(contains(message_of<OptionError>([&] { find_recipe(measured); }), "measured"));
  write_file_atomically(measured, "[[measured]]\nimage_size = 32\nkimg = -3\n");
  CHECK(contains(message_of<OptionError>([&] { find_recipe(measured); }), "measured: kimg"));
  write_file_atomically(measured, "[[measured]]\nkimgs = 30\n");
  CHECK(contains(message_of<OptionError>([&] { find_recipe(measured); }), "measured"));
}

TEST_CASE("learning rates follow the width of the images from the one that a recipe says they are for", "[recipes]") {
  Recipe recipe = recipe_of(R"({"image_size": 128, "learning_rate_image_size": 32, "training":
      {"generator_optimizer": {"name": "adamw", "learning_rate": 0.004, "beta1": 0.25}}})");
  const TrainerOptions scaled = recipe.trainer_options();
  CHECK(scaled.generator_optimizer.learning_rate() == 0.001);
  CHECK(scaled.generator_optimizer.describe().at("name").string() == "adamw");
  CHECK(scaled.generator_optimizer.describe().at("beta1").number() == 0.25);
  CHECK(scaled.discriminator_optimizer.learning_rate() == 0.00005);
  CHECK(recipe.training.generator_optimizer.learning_rate() == 0.004);  // as it is written
  recipe.learning_rate_image_size.reset();
  CHECK(recipe.trainer_options().generator_optimizer.learning_rate() == 0.004);
  CHECK(named_recipe("faces").trainer_options().discriminator_optimizer.learning_rate() == 0.0005);
  CHECK(named_recipe("avatars").trainer_options().discriminator_optimizer.learning_rate() == 0.002);
  CHECK_THROWS_AS(recipe_of(R"({"learning_rate_image_size": 0})").validate(), OptionError);
}

TEST_CASE("a printed recipe can be used at another size", "[recipes]") {
  const Recipe printed = printed_and_read(named_recipe("faces"), table(R"({"image_size": 128})"));
  GeneratorOptions generator = generators::csp(128);
  generator.base_channels = 24;  // as the recipe says
  CHECK(printed.generator == generator);
  DiscriminatorOptions expected = discriminators::plain(128);
  expected.head.minibatch_stddev = 4;  // what the recipe changes in its preset stays
  CHECK(printed.discriminator == expected);
}

TEST_CASE("a length of a printed recipe can be changed to another kind", "[recipes]") {
  const Recipe printed = printed_and_read(named_recipe("faces"), table(R"({"steps": 5})"));
  CHECK(printed.steps == 5);
  CHECK(!printed.kimg);
}

TEST_CASE("a network starts from its preset at the recipe's size, whatever the order of the keys", "[recipes]") {
  const Recipe recipe = recipe_of(R"({"generator": {"max_channels": 64, "preset": "csp"}, "image_size": 32})");
  GeneratorOptions expected = generators::csp(32);
  expected.max_channels = 64;
  CHECK(recipe.generator == expected);
  CHECK(recipe.discriminator == discriminators::plain(32));
}

TEST_CASE("setting options of a recipe keeps the others, and a refused one changes nothing", "[recipes]") {
  Recipe recipe = recipe_of(R"({"generator": {"max_channels": 64}, "loss": "hinge"})");
  assign(recipe, table(R"({"seed": 3, "generator": {"latent_size": 9}, "loss": {"discriminator_weight": 2.0}})"), "");
  CHECK(recipe.generator.max_channels == 64);
  CHECK(recipe.generator.latent_size == 9);
  CHECK(recipe.loss.describe() == table(R"({"name": "hinge", "discriminator_weight": 2.0})"));
  const std::string before = to_json(to_value(recipe));
  CHECK_THROWS_AS(assign(recipe, table(R"({"seed": 4, "generator": {"latent_size": 8}, "batch_size": 0})"), ""),
                  OptionError);
  CHECK(to_json(to_value(recipe)) == before);
}

TEST_CASE("a table without a name changes the loss, optimizer or schedule that is there", "[recipes]") {
  Value value = table(R"({"loss": "hinge", "training": {"generator_schedule": "linear"}})");
  set_option(value, "loss.discriminator_weight", "0.5");
  set_option(value, "training.generator_schedule.start", "0.5");
  set_option(value, "training.generator_optimizer.learning_rate", "0.01");
  const Value recipe = to_value(from_value<Recipe>(value, ""));
  CHECK(recipe.at("loss") == table(R"({"name": "hinge", "discriminator_weight": 0.5})"));
  CHECK(recipe.at("training").at("generator_schedule").at("name").string() == "linear");
  CHECK(recipe.at("training").at("generator_schedule").at("start").number() == 0.5);
  CHECK(recipe.at("training").at("generator_optimizer").at("name").string() == "adam");
  CHECK(recipe.at("training").at("generator_optimizer").at("learning_rate").number() == 0.01);
}

TEST_CASE("a recipe under older names becomes the one of today, option by option", "[recipes]") {
  const Value older =
      table(R"({"training": {"average": {"half_life_kimg": 1.0}, "generator_every": 2, "capture": false},
                                "loader": {"partition": "all", "count": 10, "prefetch": 2}, "read_avatars": 5,
                                "generator": {"preset": "r4", "head": {"centred": false}}})");
  const Value now = table(R"({"training": {"ema": {"half_life_kimg": 1.0}, "generator_interval": 2},
                              "loader": {"prefetch": 2}, "measure_attributes": 5,
                              "generator": {"preset": "csp_stem64", "head": {"centered": false}},
                              "source": {"partition": "all", "count": 10}})");
  CHECK((with_present_names(older) == now));
  CHECK((with_present_names(now) == now));
  CHECK(from_value<Recipe>(now, "").source.count == 10);
}

TEST_CASE("an option of a policy that the recipe lacks is refused with how to add it", "[recipes]") {
  Value value = table("{}");
  CHECK(contains(message_of<OptionError>([&] { set_option(value, "policies.r1.gamma", "1"); }),
                 "policies=[{name = 'r1'}]"));
}

TEST_CASE("every option that is listed can be set to its default, which changes nothing", "[recipes]") {
  for (const RecipeOption& option : recipe_options()) {
    const std::string parent = option.path.substr(0, option.path.rfind('.'));
    for (const std::string& kind : option.kinds.empty() ? std::vector<std::string>{""} : option.kinds) {
      INFO(option.path << " " << kind);
      Value value = table("{}");
      if (!kind.empty()) set_option(value, parent, kind);
      if (option.path.starts_with("policies."))
        value.set("policies", Value::Array{Value::Object{{"name", parent.substr(parent.find('.') + 1)}}});
      const std::string before = to_json(to_value(from_value<Recipe>(value, "")));
      set_option(value, option.path, option.default_value.is_null() ? "none" : to_json(option.default_value));
      CHECK(to_json(to_value(from_value<Recipe>(value, ""))) == before);
    }
  }
}

TEST_CASE("nested options are listed with their help and the words that they take", "[recipes]") {
  const std::vector<RecipeOption> options = recipe_options();
  const auto find = [&](std::string_view path) {
    const auto found = std::ranges::find(options, path, &RecipeOption::path);
    INFO(path);
    REQUIRE(found != options.end());
    return *found;
  };
  for (const char* path : {"training.ema.half_life_kimg", "policies.r1.gamma", "evaluation.count", "loader.workers",
                           "loader.prefetch", "source.count", "discriminator.head.minibatch_stddev"})
    find(path);
  const RecipeOption upsample = find("generator.block.upsample");
  CHECK(upsample.default_value == Value("bilinear"));
  CHECK(std::ranges::count(upsample.words, "transposed_4") == 1);
  CHECK(std::ranges::count(find("evaluation.metrics").words, "prdc") == 1);
  CHECK(std::ranges::count(find("generator.preset").words, "csp128") == 1);
  CHECK(find("training.generator_schedule.every_epochs").kinds == std::vector<std::string>{"step"});
  for (const RecipeOption& option : options) {
    INFO(option.path);
    CHECK(!option.help.empty());
    CHECK(!option.help.starts_with("of "));
  }
  const std::string text = describe_recipe_options();
  CHECK(contains(text, "generator.block.upsample = \"bilinear\": "));
  CHECK(contains(text, "hinge: "));
}

TEST_CASE("every leaf of a printed recipe is listed", "[recipes]") {
  const std::vector<RecipeOption> options = recipe_options();
  for (const auto& [path, value] : flatten(to_value(named_recipe("faces")))) {
    if (path.ends_with(".name")) continue;
    INFO(path);
    CHECK(std::ranges::count(options, path, &RecipeOption::path) > 0);
  }
}

TEST_CASE("the loader of a recipe has the library's defaults and the recipe's sizes and seed", "[recipes]") {
  const Recipe recipe = recipe_of(R"({"image_size": 32, "batch_size": 8, "seed": 5, "loader": {"prefetch": 2}})");
  CHECK(recipe.loader_options() == LoaderOptions{.batch_size = 8, .image_size = 32, .seed = 5, .prefetch = 2});
  CHECK(contains(refusal_of(R"({"loader": {"prefetch": 0}})"), "prefetch"));
}

TEST_CASE("words that have changed are refused with the new word", "[recipes]") {
  CHECK(contains(refusal_of(R"({"training": {"average": {"half_life_kimg": 1}}})"),
                 "training.average: this option is now called 'ema'"));
  CHECK(contains(refusal_of(R"({"generator": {"head": {"centred": false}}})"), "is now called 'centered'"));
  CHECK(contains(refusal_of(R"({"training": {"generator_every": 2}})"), "'generator_interval'"));
  CHECK(contains(refusal_of(R"({"training": {"discriminator_every": 2}})"), "'discriminator_interval'"));
  CHECK(contains(refusal_of(R"({"training": {"capture": true}})"), "taken out"));
  CHECK(contains(refusal_of(R"({"read_avatars": 100})"), "'measure_attributes'"));
  CHECK(contains(refusal_of(R"({"loader": {"count": 100}})"), "'source.count'"));
  CHECK(contains(refusal_of(R"({"loader": {"partition": "all"}})"), "'source.partition'"));
  CHECK(contains(refusal_of(R"({"generator": {"preset": "r2"}})"), "'csp_from_2x2'"));
  CHECK(contains(refusal_of(R"({"generator": {"preset": "r4"}})"), "'csp_stem64'"));
  CHECK(contains(refusal_of(R"({"discriminator": {"preset": "r2"}})"), "'strided3'"));
  CHECK(contains(refusal_of(R"({"discriminator": {"preset": "r2_leaky"}})"), "'strided3_leaky'"));
  CHECK(contains(message_of<OptionError>([] { find_recipe("r2-2"); }), "'b2'"));
  CHECK(contains(message_of<OptionError>([] { find_recipe("r1-1"); }), "'a1'"));
}

TEST_CASE("where a recipe comes from: the command line's changes, then its own", "[recipes]") {
  const RecipeSource source = find_recipe("b2");
  Value changed = source.table;
  set_option(changed, "seed", "5");
  const Value origins = describe_origins(source, from_value<Recipe>(changed, ""));
  REQUIRE(origins.array().size() == 2);
  CHECK(to_json(origins.array()[0]) ==
        R"({"recipe":"b2","of":"this run","options":[{"option":"seed","there":1,"here":5}]})");
  const Value& own = origins.array()[1];
  CHECK(own.at("recipe").string() == "b1");
  CHECK(own.at("of").string() == "b2");
  std::vector<std::string> options;
  for (const Value& option : own.at("options").array()) options.push_back(option.at("option").string());
  CHECK(std::ranges::count(options, "discriminator.preset") == 1);
  CHECK(std::ranges::count(options, "discriminator.block.activation") == 1);
  CHECK(std::ranges::count(options, "policies.soft_labels.real") == 1);
  CHECK(std::ranges::count(options, "batch_size") == 0);
}

TEST_CASE("a mistake in a recipe is named with its path", "[recipes]") {
  CHECK(contains(refusal_of(R"({"generator": {"preset": "csp12"}})"), "csp128"));
  CHECK(contains(refusal_of(R"({"generator": {"block": {"nrom": "batch"}}})"), "generator.block.nrom"));
  CHECK(contains(refusal_of(R"({"generator": {"image_size": 128}})"), "leave generator.image_size out"));
  CHECK(contains(refusal_of(R"({"policies": [{"name": "soft_labels", "real": [0.9, 0.7]}]})"), "0.9"));
  CHECK(contains(refusal_of(R"({"policies": ["r1", {"name": "r3"}]})"), "did you mean"));
  CHECK(contains(refusal_of(R"({"loss": "hinge", "policies": ["soft_labels"]})"), "soft_labels"));
  CHECK(contains(refusal_of(R"({"image_size": 48})"), "48"));
  CHECK(contains(refusal_of(R"({"seed": -1})"), "seed: expected an integer from 0 to 9223372036854775807"));
  CHECK(contains(refusal_of(R"({"training": {"generator_optimizer": {"name": "adm"}}})"), "'adam'"));
}

TEST_CASE("letters that are not ASCII are for strings and comments, and are refused elsewhere with their line",
          "[recipes]") {
  const cspgan_test::TemporaryFolder folder;
  const std::string file = (folder.path() / "a.toml").string();
  const auto refusal = [&](const std::string& text) {
    write_file_atomically(file, text);
    return message_of<OptionError>([&] { find_recipe(file); });
  };
  const std::string good =
      "\xEF\xBB\xBF"
      R"(summary = "schön \" Ͽ"  # grüße
policies = [{name = '''
'Ͽ''''}]
)";
  write_file_atomically(file, good);
  CHECK(find_recipe(file).table.at("summary").string() == "schön \" Ͽ");
  CHECK(contains(refusal("summary = 'a'\nϿ = 1\n"), "a.toml:2: a letter or space that is not ASCII"));
  CHECK(contains(refusal("summary = \"\"\"a\"\"\"\"\"é\n"), "a.toml:1: a letter or space"));
  CHECK(contains(refusal(good + "é"), "a.toml:4: a letter or space"));
}

TEST_CASE("a seed that no file could give back is refused", "[recipes]") {
  Recipe recipe;
  recipe.seed = std::uint64_t{1} << 63;
  CHECK(contains(message_of<OptionError>([&] { recipe.validate(); }), "2^63"));
  CHECK(contains(message_of<OptionError>([&] { to_value(recipe); }), "seed: must be at most"));
}
