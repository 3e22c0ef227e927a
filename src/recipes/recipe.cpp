// Recipes: tables to options and back, layers, and where values come from.
#include "cspgan/recipes/recipe.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "core/checks.hpp"
#include "core/lookup.hpp"
#include "cspgan/core/differences.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/losses/registry.hpp"
#include "cspgan/models/named_presets.hpp"
#include "cspgan/policies/policies.hpp"
#include "cspgan/policies/registry.hpp"
#include "recipes/recipe_paths.hpp"
#include "recipes/recipe_source.hpp"
#include "recipes/toml.hpp"

namespace cspgan {

namespace {

constexpr std::array lengths{"kimg", "epochs", "steps"};

bool is_none(const Value& value) { return value.is_null() || (value.is_string() && value.string() == "none"); }

bool has_name(const Value& value) { return value.find("name") != nullptr; }

void require_image_size(std::int64_t image_size) { detail::require_power_of_two(image_size, 32, 1024, "image_size"); }

/// Takes `preset` and `image_size` out of the network's table, if `recipe` has one, and makes `options` those of the
/// preset unless they are already.
template <class Options, class Preset>
void start_from_preset(Value& recipe, const std::string& network, std::int64_t image_size, std::string& preset,
                       Options& options, const Preset& make_preset) {
  bool anew = options.image_size != image_size;
  if (const Value* const table = recipe.find(network)) {
    if (!table->is_object()) detail::fail_kind(network, "a table", *table);
    Value changes{Value::Object{}};
    for (const auto& [key, value] : table->object()) {
      if (key == "preset") {
        assign(preset, value, network + ".preset");
        anew = true;
      } else if (key == "image_size") {
        std::int64_t given = 0;
        assign(given, value, network + ".image_size");
        if (given != image_size)
          throw OptionError(fmt::format("{}.image_size is {}, but images have image_size = {}; leave {}.image_size out",
                                        network, given, image_size, network));
      } else {
        changes.set(key, value);
      }
    }
    recipe.set(network, std::move(changes));
  }
  if (anew) options = make_preset(preset, image_size);
}

/// Merges each table without a name over that of `present`, if the latter has a name.
void complete_names(Value& table, const Value& present) {
  for (const auto& [key, member] : present.object()) {
    const Value* const given = table.find(key);
    if (given == nullptr || !given->is_object() || !member.is_object()) continue;
    Value completed = *given;
    if (!has_name(member)) {
      complete_names(completed, member);
    } else if (!has_name(completed)) {
      completed = member;
      merge_tables(completed, *given);
    }
    table.set(key, std::move(completed));
  }
}

/// A network's table as a recipe has it.
Value network_table(const std::string& network, const std::string& preset, const Value& options) {
  const auto without_fixed = [](const Value& table, const std::string& path, const auto& self) -> Value {
    if (!table.is_object()) return table;
    Value kept{Value::Object{}};
    for (const auto& [key, value] : table.object())
      if (const std::string here = path + "." + key; !is_set_by_recipe(here)) kept.set(key, self(value, here, self));
    return kept;
  };
  Value table{Value::Object{{"preset", preset}}};
  const Value changeable = without_fixed(options, network, without_fixed);
  for (const auto& [key, value] : changeable.object()) table.set(key, value);
  return table;
}

}  // namespace

void assign(AnyLoss& out, const Value& value, std::string_view where) { out = losses().make(value, where); }
void assign(std::vector<AnyPolicy>& out, const Value& value, std::string_view where) {
  if (!value.is_array()) detail::fail_kind(where, "an array of tables, each with a name", value);
  std::vector<AnyPolicy> made;
  for (const Value& policy : value.array()) made.push_back(policies().make(policy, where));
  out = std::move(made);
}

Value to_value(const Recipe& recipe) {
  Value table = to_value<Recipe>(recipe);
  table.set("generator", network_table("generator", recipe.generator_preset, table.at("generator")));
  table.set("discriminator", network_table("discriminator", recipe.discriminator_preset, table.at("discriminator")));
  return table;
}

void assign(Recipe& out, const Value& value, std::string_view where) {
  if (!value.is_object()) detail::fail_kind(where, "a table", value);
  Recipe made = out;
  Value table = value;
  if (const Value* const image_size = table.find("image_size")) assign(made.image_size, *image_size, "image_size");
  require_image_size(made.image_size);
  start_from_preset(table, "generator", made.image_size, made.generator_preset, made.generator, generators::preset);
  start_from_preset(table, "discriminator", made.image_size, made.discriminator_preset, made.discriminator,
                    discriminators::preset);
  complete_names(table, to_value(made));
  assign<Recipe>(made, table, where);
  out = std::move(made);
}

void Recipe::validate() const {
  require_image_size(image_size);
  detail::require_at_least(batch_size, 1, "batch_size");
  if (learning_rate_image_size) detail::require_at_least(*learning_rate_image_size, 1, "learning_rate_image_size");
  detail::require_at_least(log_every, 1, "log_every");
  detail::require_from_to(measure_attributes, 0, 10'000'000, "measure_attributes");
  detail::require_at_least(threads, 0, "threads");
  detail::require_at_least(rollbacks, 1, "rollbacks");
  detail::require(std::in_range<std::int64_t>(seed), "seed", "below 2^63", seed);
  for (const auto& [network, size] :
       {std::pair{"generator", generator.image_size}, std::pair{"discriminator", discriminator.image_size}})
    if (size != image_size)
      throw OptionError(fmt::format("{}.image_size is {}, but images have image_size = {}", network, size, image_size));
  for (const auto& [network, channels] :
       {std::pair{"generator", generator.image_channels}, std::pair{"discriminator", discriminator.image_channels}})
    detail::require(channels == 3, fmt::format("{}.image_channels", network), "3, as images have", channels);
  generator.validate();
  discriminator.validate();
  evaluation.validate();
  samples.require_fits(image_size);
  require_compatible(loss, PolicyList(policies));
}

TrainerOptions Recipe::trainer_options() const {
  TrainerOptions options = training;
  options.seed = seed;
  options.device = device;
  if (learning_rate_image_size)
    for (AnyOptimizer* const optimizer : {&options.generator_optimizer, &options.discriminator_optimizer}) {
      Value scaled = optimizer->describe();
      scaled.set("learning_rate", optimizer->learning_rate() * static_cast<double>(*learning_rate_image_size) /
                                      static_cast<double>(image_size));
      assign(*optimizer, scaled, "training");
    }
  return options;
}

LoaderOptions Recipe::loader_options() const {
  LoaderOptions options = loader;
  options.batch_size = batch_size;
  options.image_size = image_size;
  options.seed = seed;
  return options;
}

RunOptions Recipe::run_options() const {
  return {.kimg = kimg, .epochs = epochs, .steps = steps, .log_every = log_every, .should_stop = {}};
}

void merge_tables(Value& base, const Value& over) {
  const auto given = [](const Value& table, const char* key) {
    const Value* const value = table.find(key);
    return value != nullptr && !is_none(*value);
  };
  if (std::ranges::any_of(lengths, [&](const char* length) { return given(over, length); }))
    for (const char* length : lengths)
      if (base.find(length) != nullptr) base.set(length, nullptr);
  for (const auto& [key, value] : over.object()) {
    Value& member = base[key];
    // A table of another kind replaces: a "linear" schedule has nothing to take over from a "step" one.
    const Value* const before = member.find("name");
    const Value* const after = value.find("name");
    const bool same_kind = before == nullptr || after == nullptr || *before == *after;
    if (member.is_object() && value.is_object() && same_kind)
      merge_tables(member, value);
    else
      member = value;
  }
}

namespace {

/// The element of that name of an array of tables.
Value& find_named(Value::Array& elements, const std::string& name, std::string_view path) {
  std::vector<std::string> names;
  for (Value& element : elements) {
    const std::optional<std::string> found = detail::text_at(element, {"name"});
    if (found == name) return element;
    if (found) names.push_back(*found);
  }
  const std::string_view array = path.substr(0, path.find('.'));
  if (names.empty())
    throw OptionError(fmt::format("--set {}: this recipe has no {}; add one with --set \"{}=[{{name = '{}'}}]\"", path,
                                  array, array, name));
  const std::vector<std::string> known = policies().names();  // policies are the only array of tables
  if (std::ranges::find(known, name) != known.end())
    throw OptionError(
        fmt::format("--set {}: this recipe has no '{}' among its {} ({}); recipes add one as a table [[{}]] "
                    "with name = \"{}\"",
                    path, name, array, fmt::join(names, ", "), array, name));
  detail::fail_unknown_word(array, name, names);
}

/// `defaults`: what a recipe that says nothing has in the place of `table`, or null. `whole`: the path, for messages.
void set_in(Value& table, std::string_view path, std::string_view text, const Value& defaults, std::string_view whole) {
  const std::size_t dot = path.find('.');
  const std::string key(path.substr(0, dot));
  if (dot == std::string_view::npos) {
    merge_tables(table, Value::Object{{key, parse_toml_value(text)}});
    return;
  }
  const std::string_view rest = path.substr(dot + 1);
  const Value* const found = defaults.find(key);
  const Value member_default = found == nullptr ? Value() : *found;
  Value& member = table[key];
  if (member_default.is_array() && (member.is_null() || member.is_array())) {  // policies.<name>.<field>
    const std::string name(rest.substr(0, rest.find('.')));
    Value::Array elements = member.is_null() ? Value::Array{} : member.array();
    Value& element = find_named(elements, name, whole);
    if (name.size() == rest.size())
      throw OptionError(fmt::format("--set {}: name an option of '{}', as in {}.<option>", whole, name, whole));
    set_in(element, rest.substr(name.size() + 1), text, Value(), whole);
    member = std::move(elements);
    return;
  }
  if (member.is_string() && has_name(member_default)) member = Value::Object{{"name", member}};  // loss = "hinge"
  if (!member.is_null() && !member.is_object())
    throw OptionError(fmt::format("--set {}: '{}' is {}, not a table", whole, key, member.kind()));
  set_in(member, rest, text, member_default, whole);
}

}  // namespace

void set_option(Value& table, std::string_view path, std::string_view text) {
  static const Value defaults = to_value(Recipe{});
  set_in(table, path, text, defaults, path);
}

void set_option(Value& table, std::string_view path, std::string_view text, const Value& defaults) {
  set_in(table, path, text, defaults, path);
}

void set_option_word(Value& table, std::string_view setting, const Value& defaults) {
  const std::size_t equals = setting.find('=');
  if (equals == std::string_view::npos || equals == 0)
    throw OptionError(fmt::format("--set takes OPTION=VALUE, not '{}'", setting));
  set_option(table, setting.substr(0, equals), setting.substr(equals + 1), defaults);
}

RecipeSource recipe_source(std::string name, const Value& file) {
  RecipeSource source{.name = std::move(name), .table = Value::Object{}};
  for (const auto& [key, value] : file.object()) {
    if (key == "measured") {
      assign(source.measured, value, key);
      for (const Outcome& outcome : source.measured) outcome.validate();
    } else
      source.table.set(key, value);
  }
  return source;
}

namespace {

/// A parent that is a file is looked for beside the recipe that names it.
std::string beside(std::string_view recipe, const std::string& parent) {
  if (std::ranges::any_of(builtin_recipes(), [&](const RecipeSource& builtin) { return builtin.name == parent; }))
    return parent;
  const std::filesystem::path path = std::filesystem::path(recipe).parent_path() / parent;
  std::error_code unknown;
  return std::filesystem::is_regular_file(path, unknown) ? path.string() : parent;
}

/// `children`: the recipes on the way here, to catch one that is its own ancestor.
RecipeSource find_recipe(std::string_view name_or_path, std::vector<std::string> children) {
  if (std::ranges::find(children, name_or_path) != children.end())
    throw OptionError(fmt::format("recipe '{}' is its own parent", name_or_path));
  children.emplace_back(name_or_path);
  RecipeSource found;
  std::vector<std::string> names;
  for (const RecipeSource& builtin : builtin_recipes()) {
    names.push_back(builtin.name);
    if (builtin.name == name_or_path) found = builtin;
  }
  if (found.name.empty()) {
    const std::filesystem::path path(name_or_path);
    if (!std::filesystem::is_regular_file(path)) {
      if (const std::string now = renamed_word("recipe", name_or_path); !now.empty())
        throw OptionError(fmt::format("the recipe '{}' is now called '{}'", name_or_path, now));
      const std::string best = closest_match(name_or_path, names);
      throw OptionError(
          fmt::format("there is no recipe and no file named '{}'; {}", name_or_path,
                      best.empty() ? "--list-recipes shows what there is" : fmt::format("did you mean '{}'?", best)));
    }
    found = recipe_source(path.stem().string(), parse_toml(read_file(path), path.string()));
  }
  if (!has_name(found.table)) found.table.set("name", found.name);
  if (const Value* const parent = found.table.find("parent")) {
    if (!parent->is_string()) detail::fail_kind("parent", "the name of a recipe", *parent);
    if (!parent->string().empty()) {
      found.parent_table = find_recipe(beside(name_or_path, parent->string()), children).table;
      Value base = found.parent_table;
      merge_tables(base, found.table);
      found.table = std::move(base);
    }
  }
  return found;
}

}  // namespace

RecipeSource find_recipe(std::string_view name_or_path) { return find_recipe(name_or_path, {}); }

Value describe_origins(const RecipeSource& source, const Recipe& recipe) {
  Value::Array origins;
  const auto compare = [&](const Recipe& there, const Recipe& here, std::string_view of) {
    Value::Array options;
    for (const Difference& difference : differences(to_value(there), to_value(here))) {
      static constexpr std::array elsewhere{"name", "summary", "parent", "data", "out", "resume", "init"};
      if (std::ranges::find(elsewhere, difference.option) != elsewhere.end()) continue;
      options.push_back(
          Value::Object{{"option", difference.option}, {"there", difference.before}, {"here", difference.after}});
    }
    if (!options.empty())
      origins.push_back(Value::Object{{"recipe", there.name}, {"of", of}, {"options", std::move(options)}});
  };
  const auto named = from_value<Recipe>(source.table, "");
  compare(named, recipe, "this run");
  if (!source.parent_table.is_null()) {
    try {
      compare(from_value<Recipe>(source.parent_table, ""), named, named.name);
    } catch (const OptionError&) {  // a parent need not be complete by itself
    }
  }
  return origins;
}

namespace {

/// TOML has no null.
Value with_none(const Value& value) {
  if (value.is_null()) return "none";
  if (!value.is_object()) return value;
  Value table{Value::Object{}};
  for (const auto& [key, member] : value.object()) table.set(key, with_none(member));
  return table;
}

}  // namespace

std::string to_toml_text(const Recipe& recipe) {
  Value table = with_none(to_value(recipe));
  Value::Array policies;
  for (const Value& policy : table.at("policies").array()) policies.push_back(with_none(policy));
  table.set("policies", std::move(policies));
  return to_toml(table);
}

}  // namespace cspgan
